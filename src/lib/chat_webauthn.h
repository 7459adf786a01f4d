/*
 * Passkeys: what a server verifies of WebAuthn Level 2, sections 7.1 and 7.2, by libfido2.
 * User verification is always required.  Attestation isn't asked for and what comes of it isn't
 * looked at: which maker's device holds a key is nothing that this server decides by.
 */

#ifndef CHAT_WEBAUTHN_H
#define CHAT_WEBAUTHN_H

#include <stddef.h>
#include <stdint.h>

#define CHAT_WEBAUTHN_CLIENT_MAX        2048    /* bytes of clientDataJSON */
#define CHAT_WEBAUTHN_ATTESTATION_MAX   4096    /* of an attestation object */
#define CHAT_WEBAUTHN_AUTH_MAX          512     /* of an assertion's authenticator data */
#define CHAT_WEBAUTHN_SIGNATURE_MAX     512
#define CHAT_WEBAUTHN_ID_MAX            1023    /* of a credential's id */
#define CHAT_WEBAUTHN_KEY_MAX           259     /* RS256: 256 of n and 3 of e */
#define CHAT_WEBAUTHN_RP_MAX            253     /* of an rp id: a domain */
#define CHAT_WEBAUTHN_CHALLENGE_MAX     128

#define CHAT_WEBAUTHN_CREATE            "webauthn.create"
#define CHAT_WEBAUTHN_GET               "webauthn.get"

/* COSE's numbers, in the order in which they are asked for */
#define CHAT_WEBAUTHN_ES256             (-7)
#define CHAT_WEBAUTHN_EDDSA             (-8)
#define CHAT_WEBAUTHN_RS256             (-257)

typedef enum {
    CHAT_WEBAUTHN_OK = 0,
    CHAT_WEBAUTHN_CLIENT_DATA,      /* no such JSON object */
    CHAT_WEBAUTHN_TYPE,             /* made for something else */
    CHAT_WEBAUTHN_ORIGIN,           /* of a page that isn't ours, or inside of one */
    CHAT_WEBAUTHN_FORMAT,           /* attestation object or authenticator data */
    CHAT_WEBAUTHN_RP_ID,
    CHAT_WEBAUTHN_NOT_VERIFIED,     /* the person wasn't there, or wasn't verified */
    CHAT_WEBAUTHN_KEY,              /* of no algorithm that we know, or no point of its curve */
    CHAT_WEBAUTHN_SIGNATURE,
    CHAT_WEBAUTHN_NO_MEMORY
} chat_webauthn_status_t;

/* the relying party, terminated; origins: n of them, compared whole */
typedef struct {
    const char             *id;
    const char *const      *origins;
    size_t                  n;
} chat_webauthn_rp_t;

typedef struct {
    uint8_t     challenge[CHAT_WEBAUTHN_CHALLENGE_MAX];
    size_t      challenge_len;
    uint8_t     hash[32];           /* SHA-256 of the whole */
} chat_webauthn_client_t;

typedef struct {
    int         algorithm;
    uint8_t     id[CHAT_WEBAUTHN_ID_MAX];
    size_t      id_len;
    uint8_t     key[CHAT_WEBAUTHN_KEY_MAX];     /* as libfido2 writes it */
    size_t      key_len;
    uint32_t    sign_count;
} chat_webauthn_credential_t;

/* what clientDataJSON says, type, origin and that no other page embeds it checked */
chat_webauthn_status_t chat_webauthn_client(const chat_webauthn_rp_t *rp,
    const char *type, const uint8_t *json, size_t len,
    chat_webauthn_client_t *client);

/* a new credential from an attestation object */
chat_webauthn_status_t chat_webauthn_register(const chat_webauthn_rp_t *rp,
    const uint8_t *attestation, size_t len,
    chat_webauthn_credential_t *credential);

/* an assertion by a stored key over the client data's hash; its signature counter */
chat_webauthn_status_t chat_webauthn_assert(const chat_webauthn_rp_t *rp,
    int algorithm, const uint8_t *key, size_t key_len,
    const uint8_t client_hash[32], const uint8_t *auth, size_t auth_len,
    const uint8_t *signature, size_t signature_len, uint32_t *sign_count);

/* a static phrase for people who write clients */
const char *chat_webauthn_error(chat_webauthn_status_t status);

#endif /* CHAT_WEBAUTHN_H */
