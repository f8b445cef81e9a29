#pragma once
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdbool.h>
#include <stdint.h>

// `EVP_sha256()` and `EVP_sha1()` hand out static objects; the shims keep those pointers, and OpenSSL's int-for-boolean, on the C side.

static inline bool relance_sha256(const void *bytes, size_t count, uint8_t digest[32]) {
    return EVP_Digest(bytes, count, digest, NULL, EVP_sha256(), NULL) == 1;
}

static inline bool relance_hmac_sha256(
    const void *key, size_t key_count, const uint8_t *message, size_t message_count, uint8_t code[32]) {
    return HMAC(EVP_sha256(), key, (int)key_count, message, message_count, code, NULL) != NULL;
}

static inline bool relance_hmac_sha1(
    const void *key, size_t key_count, const uint8_t *message, size_t message_count, uint8_t code[20]) {
    return HMAC(EVP_sha1(), key, (int)key_count, message, message_count, code, NULL) != NULL;
}

static inline bool relance_random(uint8_t *bytes, size_t count) { return RAND_bytes(bytes, (int)count) == 1; }
