#pragma once
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
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

// The key of a DER SubjectPublicKeyInfo that ends where the bytes end; NULL for anything else. OpenSSL's queue of errors is left empty.
static inline EVP_PKEY *relance_public_key(const uint8_t *der, size_t count) {
    const uint8_t *end = der;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &end, (long)count);
    ERR_clear_error();
    if (key != NULL && end == der + count) return key;
    EVP_PKEY_free(key);
    return NULL;
}

// The modulus' length in bits, 0 for a key that is not plain RSA.
static inline int relance_rsa_bits(const EVP_PKEY *key) {
    return EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA ? EVP_PKEY_get_bits(key) : 0;
}

static inline bool relance_verify_sha256(
    EVP_PKEY *key, const uint8_t *signature, size_t signature_count, const uint8_t *message, size_t message_count) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool valid = context != NULL && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1
        && EVP_DigestVerify(context, signature, signature_count, message, message_count) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return valid;
}

static inline bool relance_random(uint8_t *bytes, size_t count) { return RAND_bytes(bytes, (int)count) == 1; }
