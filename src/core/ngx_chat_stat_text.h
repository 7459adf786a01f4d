/*
 * What the counters and their text share.
 */

#ifndef NGX_CHAT_STAT_TEXT_H
#define NGX_CHAT_STAT_TEXT_H

#include "ngx_chat_zone_layout.h"

extern ngx_uint_t  ngx_chat_stat_codes[NGX_CHAT_STAT_CODES];
extern uint64_t    ngx_chat_stat_bounds[NGX_CHAT_STAT_BUCKETS];

#endif /* NGX_CHAT_STAT_TEXT_H */
