/* The common passwords: entry i is text[offset[i]] up to text[offset[i + 1]], sorted by byte. */

#ifndef CHAT_PASSWORD_LIST_H
#define CHAT_PASSWORD_LIST_H

#include <stddef.h>
#include <stdint.h>

extern const size_t  chat_password_list_size;
extern const size_t  chat_password_list_longest;
extern const char  chat_password_list_text[];
extern const uint16_t  chat_password_list_offset[];

#endif /* CHAT_PASSWORD_LIST_H */
