/*
 * What other processes tell through the database (chat.tell() in SQL): chatctl, or
 * whoever changes things without being a worker.  Every worker of every node hears it
 * by itself, so nothing of it goes through the hub.
 *
 *   revoke ACCOUNT CODE SESSION ...     their sockets are closed, their caches purged
 *   hint CONVERSATION ...               they got entries
 */

#include "ngx_chat_route_private.h"
#include "chat_text.h"

#define NGX_CHAT_TOLD_UUIDS     256     /* a notification has at most 8,000 bytes */
#define NGX_CHAT_TOLD_CODE      4       /* digits of a close code */

static ngx_uint_t ngx_chat_route_told_word(ngx_str_t *text, ngx_str_t *word);
static ngx_uint_t ngx_chat_route_told_uuids(ngx_str_t *text, u_char *uuids);
static void ngx_chat_route_told_revoke(ngx_str_t *text);


void
ngx_chat_route_told(ngx_str_t *told)
{
    u_char      uuids[NGX_CHAT_TOLD_UUIDS * 16];
    ngx_str_t   text, word;
    ngx_uint_t  n;

    text = *told;

    if (!ngx_chat_route_told_word(&text, &word)) {
        return;
    }

    if (word.len == sizeof("revoke") - 1
        && ngx_strncmp(word.data, "revoke", word.len) == 0)
    {
        ngx_chat_route_told_revoke(&text);
        return;
    }

    if (word.len == sizeof("hint") - 1
        && ngx_strncmp(word.data, "hint", word.len) == 0)
    {
        n = ngx_chat_route_told_uuids(&text, uuids);
        ngx_chat_route_receive(NGX_CHAT_HUB_HINT, uuids, n * 16);
    }

    /* another word is one of a later release */
}


static void
ngx_chat_route_told_revoke(ngx_str_t *text)
{
    u_char      account[16], uuids[NGX_CHAT_TOLD_UUIDS * 16];
    ngx_str_t   word;
    ngx_int_t   code;
    ngx_uint_t  i, n;

    if (!ngx_chat_route_told_word(text, &word)
        || chat_uuid_parse((char *) word.data, word.len, account) != 0
        || !ngx_chat_route_told_word(text, &word)
        || word.len != NGX_CHAT_TOLD_CODE)
    {
        return;
    }

    code = ngx_atoi(word.data, word.len);

    if (code != 4401 && code != 4403) {
        return;
    }

    n = ngx_chat_route_told_uuids(text, uuids);

    for (i = 0; i < n; i++) {
        ngx_chat_session_cache_purge(&uuids[i * 16], account);
        ngx_chat_route_close(account, &uuids[i * 16], (ngx_uint_t) code);
    }
}


/* How many there are, up to what isn't one. */

static ngx_uint_t
ngx_chat_route_told_uuids(ngx_str_t *text, u_char *uuids)
{
    ngx_str_t   word;
    ngx_uint_t  n;

    for (n = 0; n < NGX_CHAT_TOLD_UUIDS; n++) {

        if (!ngx_chat_route_told_word(text, &word)
            || chat_uuid_parse((char *) word.data, word.len, &uuids[n * 16])
               != 0)
        {
            break;
        }
    }

    return n;
}


/* Takes the next word off the text; whether there was one. */

static ngx_uint_t
ngx_chat_route_told_word(ngx_str_t *text, ngx_str_t *word)
{
    u_char  *p, *last;

    p = text->data;
    last = p + text->len;

    while (p < last && *p == ' ') {
        p++;
    }

    word->data = p;

    while (p < last && *p != ' ') {
        p++;
    }

    word->len = (size_t) (p - word->data);
    text->data = p;
    text->len = (size_t) (last - p);

    return word->len != 0;
}
