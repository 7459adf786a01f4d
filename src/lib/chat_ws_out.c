/* What a WebSocket server sends of its own: the handshake's proof, frame headers. */

#include <string.h>

#include <openssl/evp.h>
#include <sodium.h>

#include "chat_text.h"
#include "chat_ws.h"

#define CHAT_WS_FIN             0x80
#define CHAT_WS_LEN16           126
#define CHAT_WS_LEN64           127

#define CHAT_WS_GUID            "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define CHAT_WS_KEY_LEN         24
#define CHAT_WS_NONCE_LEN       16
#define CHAT_WS_ACCEPT_LEN      28
#define CHAT_WS_SHA1_LEN        20


size_t
chat_ws_header(uint8_t *out, uint8_t opcode, uint64_t len)
{
    size_t  n, i, width;

    out[0] = CHAT_WS_FIN | opcode;

    if (len < CHAT_WS_LEN16) {
        out[1] = (uint8_t) len;
        return 2;
    }

    if (len <= 0xffff) {
        out[1] = CHAT_WS_LEN16;
        width = 2;

    } else {
        out[1] = CHAT_WS_LEN64;
        width = 8;
    }

    n = 2;

    for (i = width; i != 0; i--) {
        out[n++] = (uint8_t) (len >> (8 * (i - 1)));
    }

    return n;
}


/* 1012 to 1014 were registered with IANA after the RFC */

int
chat_ws_close_code_valid(uint16_t code)
{
    if (code >= 3000) {
        return code <= 4999;
    }

    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}


int
chat_ws_accept(const char *key, size_t len, char out[CHAT_WS_ACCEPT_LEN])
{
    char           text[CHAT_WS_KEY_LEN + sizeof(CHAT_WS_GUID) - 1];
    char           accept[CHAT_WS_ACCEPT_LEN + 1];
    size_t         nonce_len;
    unsigned       sum_len;
    unsigned char  nonce[CHAT_WS_NONCE_LEN], sum[EVP_MAX_MD_SIZE];

    if (len != CHAT_WS_KEY_LEN
        || !chat_ascii(key, len)
        || sodium_base642bin(nonce, sizeof(nonce), key, len, NULL, &nonce_len,
                             NULL, sodium_base64_VARIANT_ORIGINAL) != 0
        || nonce_len != sizeof(nonce))
    {
        return -1;
    }

    memcpy(text, key, len);
    memcpy(text + len, CHAT_WS_GUID, sizeof(CHAT_WS_GUID) - 1);

    if (EVP_Digest(text, sizeof(text), sum, &sum_len, EVP_sha1(), NULL) != 1
        || sum_len != CHAT_WS_SHA1_LEN)
    {
        return -1;
    }

    (void) sodium_bin2base64(accept, sizeof(accept), sum, CHAT_WS_SHA1_LEN,
                             sodium_base64_VARIANT_ORIGINAL);
    memcpy(out, accept, CHAT_WS_ACCEPT_LEN);

    return 0;
}
