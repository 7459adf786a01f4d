/* The grammars of names and addresses that people type.  Each returns 0 or -1. */

#ifndef CHAT_VALID_H
#define CHAT_VALID_H

#include <stddef.h>

#define CHAT_USERNAME_MAX       32
#define CHAT_EMAIL_MAX          254
#define CHAT_DISPLAY_NAME_MAX   64      /* characters */
#define CHAT_DEVICE_NAME_MAX    64      /* characters */
#define CHAT_PASSWORD_MIN       15      /* characters */
#define CHAT_PASSWORD_MAX       1024    /* bytes */

/* [a-z0-9][a-z0-9._-]{2,31} */
int chat_valid_username(const char *s, size_t len);

/*
 * An address that can safely go into SMTP and a header: one '@', a dot-atom
 * of at most 64 ASCII bytes before it (RFC 5321 4.1.2), a host name of LDH labels
 * with a dot after it, at most 254 bytes, no control characters, quotes or brackets.
 */
int chat_valid_email(const char *s, size_t len);

/* the key under which an address is unique: ASCII lower case.  out: len bytes */
void chat_email_key(const char *s, size_t len, char *out);

/*
 * A name shown to people: 1 to max characters of valid UTF-8, no control, line
 * separator or bidirectional override characters, no white space at either end.
 */
int chat_valid_name(const char *s, size_t len, size_t max);

/*
 * Password policy (NIST SP 800-63B): length in characters within the bounds,
 * valid UTF-8, not in the blocklist of common ones, not one of the context words
 * (service name, user name, address and its parts: case-folded, alone or repeated).
 * Returns NULL, or the bound that was broken: "min_length", "max_length", "encoding", "common", "context".
 */
const char *chat_password_weak(const char *password, size_t len,
    const char *const *context, size_t ncontext);

#endif /* CHAT_VALID_H */
