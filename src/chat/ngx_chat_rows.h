/* The rows of this room's operations, for the modules that register them. */

#ifndef NGX_CHAT_ROWS_H
#define NGX_CHAT_ROWS_H

#include "ngx_chat_op.h"

extern ngx_chat_op_t  ngx_chat_server_ops[];
extern ngx_chat_op_t  ngx_chat_account_ops[];
extern ngx_chat_op_t  ngx_chat_signin_ops[];
extern ngx_chat_op_t  ngx_chat_proof_ops[];
extern ngx_chat_op_t  ngx_chat_verification_ops[];
extern ngx_chat_op_t  ngx_chat_password_ops[];
extern ngx_chat_op_t  ngx_chat_email_ops[];
extern ngx_chat_op_t  ngx_chat_conversation_ops[];
extern ngx_chat_op_t  ngx_chat_entry_ops[];
extern ngx_chat_op_t  ngx_chat_group_ops[];
extern ngx_chat_op_t  ngx_chat_private_ops[];
extern ngx_chat_op_t  ngx_chat_device_ops[];
extern ngx_chat_op_t  ngx_chat_device_key_ops[];
extern ngx_chat_op_t  ngx_chat_archive_ops[];
extern ngx_chat_op_t  ngx_chat_key_package_ops[];
extern ngx_chat_op_t  ngx_chat_audit_ops[];
extern ngx_chat_op_t  ngx_chat_life_ops[];
extern ngx_chat_op_t  ngx_chat_factor_ops[];
extern ngx_chat_op_t  ngx_chat_passkey_ops[];

#endif /* NGX_CHAT_ROWS_H */
