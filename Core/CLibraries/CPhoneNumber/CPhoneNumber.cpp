#include "CPhoneNumber.h"

#include <phonenumbers/logger.h>
#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include <cstring>
#include <string>

using i18n::phonenumbers::NullLogger;
using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

namespace {

// The library's own logger writes the numbers it cannot read to standard output.
PhoneNumberUtil &util() {
    static PhoneNumberUtil *const shared = [] {
        PhoneNumberUtil *instance = PhoneNumberUtil::GetInstance();
        instance->SetLogger(new NullLogger);
        return instance;
    }();
    return *shared;
}

relance_phone_outcome outcome_of(PhoneNumberUtil::ErrorType error) {
    switch (error) {
        case PhoneNumberUtil::NO_PARSING_ERROR: return relance_phone_ok;
        case PhoneNumberUtil::INVALID_COUNTRY_CODE_ERROR: return relance_phone_unknown_country;
        case PhoneNumberUtil::NOT_A_NUMBER: return relance_phone_not_a_number;
        case PhoneNumberUtil::TOO_SHORT_AFTER_IDD:
        case PhoneNumberUtil::TOO_SHORT_NSN:
        case PhoneNumberUtil::TOO_LONG_NSN: return relance_phone_wrong_length;
    }
    return relance_phone_failed;
}

}  // namespace

relance_phone_outcome relance_phone_normalize(
    const char *raw, size_t raw_length, const char *region, size_t region_length, char *e164) try {
    const PhoneNumberUtil &phones = util();
    PhoneNumber number;
    const auto error = phones.Parse(std::string(raw, raw_length), std::string(region, region_length), &number);
    if (error != PhoneNumberUtil::NO_PARSING_ERROR) return outcome_of(error);
    // A local-only number (seven digits in Canada) is "possible" to a telephone in the next street, not to a message.
    switch (phones.IsPossibleNumberWithReason(number)) {
        case PhoneNumberUtil::IS_POSSIBLE: break;
        case PhoneNumberUtil::INVALID_COUNTRY_CODE: return relance_phone_unknown_country;
        default: return relance_phone_wrong_length;
    }
    std::string formatted;
    phones.Format(number, PhoneNumberUtil::E164, &formatted);
    if (formatted.size() + 1 > relance_phone_capacity) return relance_phone_wrong_length;
    std::memcpy(e164, formatted.c_str(), formatted.size() + 1);
    return relance_phone_ok;
} catch (...) {
    return relance_phone_failed;
}
