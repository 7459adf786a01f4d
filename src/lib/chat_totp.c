/* TOTP: HMAC by OpenSSL, the rest of RFC 4226 and RFC 6238 here. */

#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "chat_secret.h"
#include "chat_totp.h"

#define CHAT_TOTP_MODULO        1000000u        /* 10 to the CHAT_TOTP_DIGITS */
#define CHAT_TOTP_WINDOW        1               /* steps before and after */
#define CHAT_SHA1_LEN           20

/* appended to, or overflow */
typedef struct {
    char       *pos;
    char       *end;
    int         overflow;
} chat_totp_out_t;


static void chat_totp_put(chat_totp_out_t *o, const char *text, size_t len);
static void chat_totp_escape(chat_totp_out_t *o, const char *text, size_t len);


size_t
chat_base32_encode(const uint8_t *data, size_t len, char *out)
{
    char      *p;
    size_t     i;
    unsigned   bits;
    uint32_t   buffer;

    static const char  alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    p = out;
    bits = 0;
    buffer = 0;

    for (i = 0; i < len; i++) {
        buffer = (buffer << 8 | data[i]) & 0xfff;
        bits += 8;

        while (bits >= 5) {
            bits -= 5;
            *p++ = alphabet[buffer >> bits & 0x1f];
        }
    }

    if (bits) {
        *p++ = alphabet[buffer << (5 - bits) & 0x1f];
    }

    return p - out;
}


int
chat_totp_code(const uint8_t secret[CHAT_TOTP_SECRET_LEN], uint64_t step,
    char out[CHAT_TOTP_DIGITS])
{
    int            i, offset;
    uint8_t        counter[8];
    uint32_t       n;
    unsigned int   len;
    unsigned char  mac[EVP_MAX_MD_SIZE];

    for (i = 7; i >= 0; i--) {
        counter[i] = (uint8_t) step;
        step >>= 8;
    }

    len = 0;

    if (HMAC(EVP_sha1(), secret, CHAT_TOTP_SECRET_LEN, counter,
             sizeof(counter), mac, &len)
        == NULL
        || len != CHAT_SHA1_LEN)
    {
        return -1;
    }

    /* RFC 4226, section 5.3: at most 15 + 3 */

    offset = mac[CHAT_SHA1_LEN - 1] & 0x0f;
    n = (uint32_t) (mac[offset] & 0x7f) << 24
        | (uint32_t) mac[offset + 1] << 16
        | (uint32_t) mac[offset + 2] << 8
        | (uint32_t) mac[offset + 3];
    n %= CHAT_TOTP_MODULO;

    for (i = CHAT_TOTP_DIGITS - 1; i >= 0; i--) {
        out[i] = (char) ('0' + n % 10);
        n /= 10;
    }

    chat_wipe(mac, sizeof(mac));

    return 0;
}


int64_t
chat_totp_match(const uint8_t secret[CHAT_TOTP_SECRET_LEN], uint64_t now,
    const char *code, size_t len)
{
    char      right[CHAT_TOTP_DIGITS];
    int64_t   step, last, found;

    if (len != CHAT_TOTP_DIGITS || now / CHAT_TOTP_STEP < CHAT_TOTP_WINDOW
        || now / CHAT_TOTP_STEP > INT32_MAX)
    {
        return -1;
    }

    found = -1;
    step = (int64_t) (now / CHAT_TOTP_STEP) - CHAT_TOTP_WINDOW;
    last = step + 2 * CHAT_TOTP_WINDOW;

    /* all of them, whichever matches: the time tells nothing */

    for ( /* void */ ; step <= last; step++) {

        if (chat_totp_code(secret, (uint64_t) step, right) != 0) {
            return -1;
        }

        found = chat_equal(right, code, CHAT_TOTP_DIGITS) ? step : found;
    }

    chat_wipe(right, sizeof(right));

    return found;
}


size_t
chat_totp_uri(const char *issuer, size_t issuer_len, const char *account,
    size_t account_len, const uint8_t secret[CHAT_TOTP_SECRET_LEN],
    char *out, size_t size)
{
    char              text[chat_base32_len(CHAT_TOTP_SECRET_LEN)];
    chat_totp_out_t   o;

    static const char  start[] = "otpauth://totp/";
    static const char  rest[] = "&algorithm=SHA1&digits=6&period=30";

    o.pos = out;
    o.end = out + size;
    o.overflow = 0;

    (void) chat_base32_encode(secret, CHAT_TOTP_SECRET_LEN, text);

    chat_totp_put(&o, start, sizeof(start) - 1);
    chat_totp_escape(&o, issuer, issuer_len);
    chat_totp_put(&o, ":", 1);
    chat_totp_escape(&o, account, account_len);
    chat_totp_put(&o, "?secret=", sizeof("?secret=") - 1);
    chat_totp_put(&o, text, sizeof(text));
    chat_totp_put(&o, "&issuer=", sizeof("&issuer=") - 1);
    chat_totp_escape(&o, issuer, issuer_len);
    chat_totp_put(&o, rest, sizeof(rest) - 1);

    chat_wipe(text, sizeof(text));

    return o.overflow ? 0 : (size_t) (o.pos - out);
}


static void
chat_totp_put(chat_totp_out_t *o, const char *text, size_t len)
{
    if (o->overflow || len > (size_t) (o->end - o->pos)) {
        o->overflow = 1;
        return;
    }

    memcpy(o->pos, text, len);
    o->pos += len;
}


/* RFC 3986: what isn't unreserved is escaped, the colon that parts the label, too */

static void
chat_totp_escape(chat_totp_out_t *o, const char *text, size_t len)
{
    char           hex[3];
    size_t         i;
    unsigned char  c;

    static const char  digits[] = "0123456789ABCDEF";

    for (i = 0; i < len; i++) {
        c = (unsigned char) text[i];

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
            || (c >= '0' && c <= '9')
            || c == '-' || c == '.' || c == '_' || c == '~')
        {
            chat_totp_put(o, &text[i], 1);
            continue;
        }

        hex[0] = '%';
        hex[1] = digits[c >> 4];
        hex[2] = digits[c & 0x0f];
        chat_totp_put(o, hex, sizeof(hex));
    }
}
