/* Passkeys by libfido2: JSON is read by ours, CBOR bounded by ours before its own reads it. */

#include <string.h>

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>
#include <sodium.h>

#include "chat_cbor.h"
#include "chat_json.h"
#include "chat_text.h"
#include "chat_webauthn.h"

/* authenticator data, WebAuthn Level 2, section 6.1 */
#define CHAT_AUTH_RP_HASH       32
#define CHAT_AUTH_FLAGS         32
#define CHAT_AUTH_COUNT         33
#define CHAT_AUTH_LEN           37      /* without credential and extensions */
#define CHAT_AUTH_ID_LEN        53      /* after the AAGUID */
#define CHAT_AUTH_ID            55

#define CHAT_AUTH_UP            0x01    /* the person was there */
#define CHAT_AUTH_UV            0x04    /* and verified */
#define CHAT_AUTH_AT            0x40    /* a credential follows */
#define CHAT_AUTH_ED            0x80    /* extensions follow */


static int chat_webauthn_origin(const chat_webauthn_rp_t *rp,
    const chat_json_t *json);
static int chat_webauthn_text(const chat_json_t *json, const char *name,
    const char **text, size_t *len);
static chat_webauthn_status_t chat_webauthn_header(
    const chat_webauthn_rp_t *rp, const uint8_t *auth, size_t len);
static int chat_webauthn_credential_whole(const uint8_t *auth, size_t len);
static chat_webauthn_status_t chat_webauthn_credential(const uint8_t *auth,
    size_t len, int algorithm, chat_webauthn_credential_t *out);
static void *chat_webauthn_key(int algorithm, const uint8_t *key, size_t len);
static void chat_webauthn_key_free(int algorithm, void *key);
static int chat_webauthn_key_good(int algorithm, const uint8_t *key,
    size_t len);


static const int  chat_webauthn_algorithms[] = {
    CHAT_WEBAUTHN_ES256,
    CHAT_WEBAUTHN_EDDSA,
    CHAT_WEBAUTHN_RS256
};

#define CHAT_WEBAUTHN_ALGORITHMS                                              \
    (sizeof(chat_webauthn_algorithms) / sizeof(int))


chat_webauthn_status_t
chat_webauthn_client(const chat_webauthn_rp_t *rp, const char *type,
    const uint8_t *json, size_t len, chat_webauthn_client_t *client)
{
    long                     n;
    size_t                   text_len;
    const char              *text, *error;
    chat_json_t             *object;
    chat_webauthn_status_t   status;

    object = len <= CHAT_WEBAUTHN_CLIENT_MAX
             ? chat_json_parse((const char *) json, len, &error) : NULL;

    if (object == NULL) {
        return CHAT_WEBAUTHN_CLIENT_DATA;
    }

    status = CHAT_WEBAUTHN_OK;

    if (!chat_webauthn_text(object, "type", &text, &text_len)
        || text_len != strlen(type) || memcmp(text, type, text_len) != 0)
    {
        status = CHAT_WEBAUTHN_TYPE;

    } else if (!chat_webauthn_origin(rp, object)) {
        status = CHAT_WEBAUTHN_ORIGIN;

    } else if (!chat_webauthn_text(object, "challenge", &text, &text_len)) {
        status = CHAT_WEBAUTHN_CLIENT_DATA;

    } else {
        n = chat_base64url_decode(text, text_len, client->challenge,
                                  sizeof(client->challenge));
        status = n < 0 ? CHAT_WEBAUTHN_CLIENT_DATA : CHAT_WEBAUTHN_OK;
        client->challenge_len = n < 0 ? 0 : (size_t) n;
    }

    chat_json_free(object);
    (void) crypto_hash_sha256(client->hash, json, len);

    return status;
}


/* one of ours, and no page of another origin has it in a frame */

static int
chat_webauthn_origin(const chat_webauthn_rp_t *rp, const chat_json_t *json)
{
    size_t        i, len;
    const char   *text;
    chat_json_t  *cross;

    cross = chat_json_get(json, "crossOrigin");

    if (cross != NULL
        && (chat_json_type(cross) != CHAT_JSON_BOOLEAN
            || chat_json_boolean(cross)))
    {
        return 0;
    }

    if (chat_json_get(json, "topOrigin") != NULL
        || !chat_webauthn_text(json, "origin", &text, &len))
    {
        return 0;
    }

    for (i = 0; i < rp->n; i++) {
        if (strlen(rp->origins[i]) == len
            && memcmp(rp->origins[i], text, len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


static int
chat_webauthn_text(const chat_json_t *json, const char *name,
    const char **text, size_t *len)
{
    chat_json_t  *member;

    member = chat_json_get(json, name);

    if (member == NULL || chat_json_type(member) != CHAT_JSON_STRING) {
        return 0;
    }

    *text = chat_json_string(member, len);

    return 1;
}


chat_webauthn_status_t
chat_webauthn_register(const chat_webauthn_rp_t *rp,
    const uint8_t *attestation, size_t len,
    chat_webauthn_credential_t *credential)
{
    size_t                   i;
    chat_cbor_t              auth;
    chat_webauthn_status_t   status;

    if (len > CHAT_WEBAUTHN_ATTESTATION_MAX
        || chat_cbor_item(attestation, len) != len || len == 0
        || !chat_cbor_get(attestation, len, "authData", &auth)
        || auth.major != CHAT_CBOR_BYTES)
    {
        return CHAT_WEBAUTHN_FORMAT;
    }

    status = chat_webauthn_header(rp, auth.data, auth.len);

    if (status != CHAT_WEBAUTHN_OK) {
        return status;
    }

    if (!chat_webauthn_credential_whole(auth.data, auth.len)) {
        return CHAT_WEBAUTHN_FORMAT;
    }

    /* libfido2 wants to be told which it will be */

    for (i = 0; i < CHAT_WEBAUTHN_ALGORITHMS; i++) {
        status = chat_webauthn_credential(auth.data, auth.len,
                                          chat_webauthn_algorithms[i],
                                          credential);

        if (status != CHAT_WEBAUTHN_KEY) {
            break;
        }
    }

    return status;
}


/* what both kinds of authenticator data begin with */

static chat_webauthn_status_t
chat_webauthn_header(const chat_webauthn_rp_t *rp, const uint8_t *auth,
    size_t len)
{
    uint8_t  hash[crypto_hash_sha256_BYTES], flags;

    if (len < CHAT_AUTH_LEN) {
        return CHAT_WEBAUTHN_FORMAT;
    }

    (void) crypto_hash_sha256(hash, (const uint8_t *) rp->id,
                              strlen(rp->id));

    if (memcmp(hash, auth, CHAT_AUTH_RP_HASH) != 0) {
        return CHAT_WEBAUTHN_RP_ID;
    }

    flags = auth[CHAT_AUTH_FLAGS];

    if ((flags & (CHAT_AUTH_UP|CHAT_AUTH_UV)) != (CHAT_AUTH_UP|CHAT_AUTH_UV)) {
        return CHAT_WEBAUTHN_NOT_VERIFIED;
    }

    return CHAT_WEBAUTHN_OK;
}


/* a credential with its key follows, then extensions if they are told, and nothing else */

static int
chat_webauthn_credential_whole(const uint8_t *auth, size_t len)
{
    size_t   n, id_len;
    uint8_t  flags;

    flags = auth[CHAT_AUTH_FLAGS];

    if (!(flags & CHAT_AUTH_AT) || len < CHAT_AUTH_ID) {
        return 0;
    }

    id_len = (size_t) auth[CHAT_AUTH_ID_LEN] << 8 | auth[CHAT_AUTH_ID_LEN + 1];
    auth += CHAT_AUTH_ID;
    len -= CHAT_AUTH_ID;

    if (id_len == 0 || id_len > CHAT_WEBAUTHN_ID_MAX || id_len > len) {
        return 0;
    }

    auth += id_len;
    len -= id_len;
    n = chat_cbor_item(auth, len);

    if (n == 0) {
        return 0;
    }

    auth += n;
    len -= n;

    if (flags & CHAT_AUTH_ED) {
        n = chat_cbor_item(auth, len);
        return n != 0 && n == len;
    }

    return len == 0;
}


/* CHAT_WEBAUTHN_KEY: its key is of another algorithm, or none */

static chat_webauthn_status_t
chat_webauthn_credential(const uint8_t *auth, size_t len, int algorithm,
    chat_webauthn_credential_t *out)
{
    size_t                   id_len, key_len;
    fido_cred_t             *cred;
    chat_webauthn_status_t   status;

    cred = fido_cred_new();
    if (cred == NULL) {
        return CHAT_WEBAUTHN_NO_MEMORY;
    }

    status = CHAT_WEBAUTHN_KEY;

    if (fido_cred_set_type(cred, algorithm) == FIDO_OK
        && fido_cred_set_authdata_raw(cred, auth, len) == FIDO_OK)
    {
        id_len = fido_cred_id_len(cred);
        key_len = fido_cred_pubkey_len(cred);

        if (id_len > 0 && id_len <= sizeof(out->id)
            && key_len > 0 && key_len <= sizeof(out->key)
            && chat_webauthn_key_good(algorithm, fido_cred_pubkey_ptr(cred),
                                      key_len))
        {
            memcpy(out->id, fido_cred_id_ptr(cred), id_len);
            memcpy(out->key, fido_cred_pubkey_ptr(cred), key_len);
            out->algorithm = algorithm;
            out->id_len = id_len;
            out->key_len = key_len;
            out->sign_count = fido_cred_sigcount(cred);
            status = CHAT_WEBAUTHN_OK;
        }
    }

    fido_cred_free(&cred);

    return status;
}


chat_webauthn_status_t
chat_webauthn_assert(const chat_webauthn_rp_t *rp, int algorithm,
    const uint8_t *key, size_t key_len, const uint8_t client_hash[32],
    const uint8_t *auth, size_t auth_len, const uint8_t *signature,
    size_t signature_len, uint32_t *sign_count)
{
    void                    *pk;
    fido_assert_t           *assertion;
    chat_webauthn_status_t   status;

    status = chat_webauthn_header(rp, auth, auth_len);

    if (status != CHAT_WEBAUTHN_OK) {
        return status;
    }

    /* extensions are never asked for, and a credential has no place here */

    if (auth_len != CHAT_AUTH_LEN
        || (auth[CHAT_AUTH_FLAGS] & (CHAT_AUTH_AT|CHAT_AUTH_ED)))
    {
        return CHAT_WEBAUTHN_FORMAT;
    }

    if (signature_len == 0 || signature_len > CHAT_WEBAUTHN_SIGNATURE_MAX) {
        return CHAT_WEBAUTHN_SIGNATURE;
    }

    pk = chat_webauthn_key(algorithm, key, key_len);
    if (pk == NULL) {
        return CHAT_WEBAUTHN_KEY;
    }

    assertion = fido_assert_new();
    status = CHAT_WEBAUTHN_NO_MEMORY;

    if (assertion != NULL
        && fido_assert_set_count(assertion, 1) == FIDO_OK
        && fido_assert_set_rp(assertion, rp->id) == FIDO_OK
        && fido_assert_set_clientdata_hash(assertion, client_hash, 32)
           == FIDO_OK
        && fido_assert_set_up(assertion, FIDO_OPT_TRUE) == FIDO_OK
        && fido_assert_set_uv(assertion, FIDO_OPT_TRUE) == FIDO_OK
        && fido_assert_set_authdata_raw(assertion, 0, auth, auth_len)
           == FIDO_OK
        && fido_assert_set_sig(assertion, 0, signature, signature_len)
           == FIDO_OK)
    {
        status = fido_assert_verify(assertion, 0, algorithm, pk) == FIDO_OK
                 ? CHAT_WEBAUTHN_OK : CHAT_WEBAUTHN_SIGNATURE;
        *sign_count = fido_assert_sigcount(assertion, 0);
    }

    fido_assert_free(&assertion);
    chat_webauthn_key_free(algorithm, pk);

    return status;
}


static void *
chat_webauthn_key(int algorithm, const uint8_t *key, size_t len)
{
    int    rc;
    void  *pk;

    switch (algorithm) {

    case CHAT_WEBAUTHN_ES256:
        pk = es256_pk_new();
        rc = pk != NULL ? es256_pk_from_ptr(pk, key, len) : -1;
        break;

    case CHAT_WEBAUTHN_EDDSA:
        pk = eddsa_pk_new();
        rc = pk != NULL ? eddsa_pk_from_ptr(pk, key, len) : -1;
        break;

    case CHAT_WEBAUTHN_RS256:
        pk = rs256_pk_new();
        rc = pk != NULL ? rs256_pk_from_ptr(pk, key, len) : -1;
        break;

    default:
        return NULL;
    }

    if (rc != FIDO_OK) {
        chat_webauthn_key_free(algorithm, pk);
        return NULL;
    }

    return pk;
}


static void
chat_webauthn_key_free(int algorithm, void *key)
{
    es256_pk_t  *es256;
    eddsa_pk_t  *eddsa;
    rs256_pk_t  *rs256;

    switch (algorithm) {

    case CHAT_WEBAUTHN_ES256:
        es256 = key;
        es256_pk_free(&es256);
        break;

    case CHAT_WEBAUTHN_EDDSA:
        eddsa = key;
        eddsa_pk_free(&eddsa);
        break;

    default:
        rs256 = key;
        rs256_pk_free(&rs256);
    }
}


/* OpenSSL takes it: a point of its curve, say */

static int
chat_webauthn_key_good(int algorithm, const uint8_t *key, size_t len)
{
    void      *pk;
    EVP_PKEY  *pkey;

    pk = chat_webauthn_key(algorithm, key, len);
    if (pk == NULL) {
        return 0;
    }

    switch (algorithm) {

    case CHAT_WEBAUTHN_ES256:
        pkey = es256_pk_to_EVP_PKEY(pk);
        break;

    case CHAT_WEBAUTHN_EDDSA:
        pkey = eddsa_pk_to_EVP_PKEY(pk);
        break;

    default:
        pkey = rs256_pk_to_EVP_PKEY(pk);
    }

    chat_webauthn_key_free(algorithm, pk);
    EVP_PKEY_free(pkey);

    return pkey != NULL;
}


const char *
chat_webauthn_error(chat_webauthn_status_t status)
{
    static const char *const  errors[] = {
        "it is good",
        "the client data is no JSON object with type, challenge and origin",
        "the client data was made for something else",
        "the client data is of a page that this server doesn't know",
        "the authenticator's data has not the form of WebAuthn Level 2",
        "the passkey belongs to another relying party",
        "the person was not verified by the authenticator",
        "the key is of no algorithm that this server knows",
        "the signature is wrong",
        "the server has no memory"
    };

    return status < sizeof(errors) / sizeof(errors[0]) ? errors[status]
                                                       : errors[2];
}
