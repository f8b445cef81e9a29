#pragma once
#include <curl/curl.h>

// Swift cannot call variadic C. One function per kind of value, so that each call states the type that the option wants.

static inline CURLcode relance_curl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode relance_curl_set_size(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode relance_curl_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode relance_curl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode relance_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *list) {
    return curl_easy_setopt(easy, option, list);
}

static inline CURLcode relance_curl_set_reader(CURL *easy, curl_read_callback reader) {
    return curl_easy_setopt(easy, CURLOPT_READFUNCTION, reader);
}

static inline CURLcode relance_curl_set_writer(CURL *easy, CURLoption option, curl_write_callback writer) {
    return curl_easy_setopt(easy, option, writer);
}

static inline CURLcode relance_curl_set_tracer(CURL *easy, curl_debug_callback tracer) {
    return curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, tracer);
}

static inline CURLcode relance_curl_set_prerequest(CURL *easy, curl_prereq_callback callback) {
    return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, callback);
}

static inline CURLcode relance_curl_get_long(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode relance_curl_get_pointer(CURL *easy, CURLINFO info, void **value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLMcode relance_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

// CURL_GLOBAL_DEFAULT is a macro with a cast in it, which Swift does not import.
static inline CURLcode relance_curl_global_init(void) {
    return curl_global_init(CURL_GLOBAL_DEFAULT);
}
