#pragma once
#include <hiredis/hiredis.h>

/// The text of the last error: Swift would see the array it is stored in as a tuple of 128 characters.
static inline const char *redis_error_text(const redisContext *context) { return context->errstr; }
