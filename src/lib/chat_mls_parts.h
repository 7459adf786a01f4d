/* What the files of chat_mls share. */

#ifndef CHAT_MLS_PARTS_H
#define CHAT_MLS_PARTS_H

#include "chat_mls.h"

/*
 * Reads from left to right.  The first failure stays: from then on numbers are 0
 * and views empty, so that a structure is read field by field and asked once.
 */
typedef struct {
    const uint8_t          *data;       /* the next byte */
    const uint8_t          *end;
    chat_mls_status_t       status;
} chat_mls_reader_t;

void chat_mls_start(chat_mls_reader_t *r, chat_mls_view_t input);

/* 1 while there is something to read and nothing failed */
int chat_mls_more(const chat_mls_reader_t *r);

void chat_mls_fail(chat_mls_reader_t *r, chat_mls_status_t status);

/* the end must have been reached: the status, CHAT_MLS_TRAILING if bytes are left */
chat_mls_status_t chat_mls_finish(chat_mls_reader_t *r);

uint8_t chat_mls_u8(chat_mls_reader_t *r);
uint16_t chat_mls_u16(chat_mls_reader_t *r);
uint32_t chat_mls_u32(chat_mls_reader_t *r);
uint64_t chat_mls_u64(chat_mls_reader_t *r);

/* opaque x<V> of at most max bytes (section 2.1.2) */
chat_mls_view_t chat_mls_opaque(chat_mls_reader_t *r, size_t max);

/* a u8 that chooses between 1 and max; others are failures with status */
uint8_t chat_mls_choice(chat_mls_reader_t *r, uint8_t max,
    chat_mls_status_t status);

/* the items of a T x<V>: a reader of their bytes, whose failure leave takes over */
chat_mls_view_t chat_mls_enter(chat_mls_reader_t *r, chat_mls_reader_t *items);
void chat_mls_leave(chat_mls_reader_t *r, const chat_mls_reader_t *items);

/* the bytes from start, a place that r has passed, up to where r is */
chat_mls_view_t chat_mls_since(const chat_mls_reader_t *r,
    const uint8_t *start);

/* u16 x<V> of at most CHAT_MLS_CAPABILITIES_MAX items */
chat_mls_view_t chat_mls_list_read(chat_mls_reader_t *r);

/* Credential; the identity or the certificates */
chat_mls_view_t chat_mls_credential_read(chat_mls_reader_t *r, uint16_t *type);

/* Extension x<V>, none twice, and the data of section 17.3's read through */
chat_mls_view_t chat_mls_extensions_read(chat_mls_reader_t *r);

/* source: what the leaf node's place asks for; 0: any */
void chat_mls_leaf_read(chat_mls_reader_t *r, uint8_t source,
    chat_mls_leaf_t *leaf);

void chat_mls_key_package_body(chat_mls_reader_t *r,
    chat_mls_key_package_t *kp);
void chat_mls_proposal_read(chat_mls_reader_t *r, chat_mls_proposal_t *p);
void chat_mls_commit_read(chat_mls_reader_t *r, chat_mls_commit_t *commit);
void chat_mls_public_read(chat_mls_reader_t *r, chat_mls_public_t *pub);
void chat_mls_welcome_read(chat_mls_reader_t *r, chat_mls_welcome_t *welcome);
void chat_mls_group_info_read(chat_mls_reader_t *r, chat_mls_group_info_t *gi);

#endif /* CHAT_MLS_PARTS_H */
