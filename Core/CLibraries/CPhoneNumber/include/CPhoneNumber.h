#pragma once
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// libphonenumber through C. No exception leaves these functions, and there is nothing to free: the answer is written into the
// caller's buffer. Safe on any thread. The library's tables (a megabyte, some milliseconds) are read at the first call.

/// Room for "+", fifteen digits and a final zero, with some to spare.
enum { relance_phone_capacity = 32 };

typedef enum relance_phone_outcome {
    relance_phone_ok = 0,
    relance_phone_not_a_number = 1,
    relance_phone_unknown_country = 2,
    relance_phone_wrong_length = 3,
    relance_phone_failed = 4,
} relance_phone_outcome;

/// Writes the E.164 form of `raw`, zero-terminated, into `e164`. `region` is an ISO 3166 code in capitals; it only matters for a
/// number without its country code.
relance_phone_outcome relance_phone_normalize(
    const char *raw, size_t raw_length, const char *region, size_t region_length, char e164[relance_phone_capacity]);

#ifdef __cplusplus
}
#endif
