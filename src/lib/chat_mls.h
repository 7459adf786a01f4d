/*
 * MLS framing, RFC 9420: a strict reader of what clients upload, and the checks
 * that a delivery service can make without a group's secrets.
 *
 * Nothing is allocated and nothing copied: a view points into the input, which
 * must outlive it.  The grammar has no recursion.  Every list and field has a
 * bound below; more is CHAT_MLS_LIMIT.  Call chat_secret_init() once a process
 * before the functions that hash or verify.
 */

#ifndef CHAT_MLS_H
#define CHAT_MLS_H

#include <stddef.h>
#include <stdint.h>

/* bytes */
#define CHAT_MLS_MESSAGE_MAX        (1024 * 1024)   /* a whole MLSMessage */
#define CHAT_MLS_GROUP_ID_MAX       256
#define CHAT_MLS_IDENTITY_MAX       1024
#define CHAT_MLS_AAD_MAX            4096            /* authenticated_data */
#define CHAT_MLS_KEY_MAX            4096            /* a public key, a KEM output */
#define CHAT_MLS_SIGNATURE_MAX      8192
#define CHAT_MLS_HASH_MAX           64              /* hashes, references, tags */
#define CHAT_MLS_SECRET_MAX         1024            /* an encrypted path or group secret */
#define CHAT_MLS_PSK_MAX            256             /* an identifier or nonce */
#define CHAT_MLS_CERTIFICATE_MAX    16384           /* a chain of X.509 */

/* items */
#define CHAT_MLS_LEAVES_MAX         1024            /* of a tree */
#define CHAT_MLS_NODES_MAX          (2 * CHAT_MLS_LEAVES_MAX - 1)
#define CHAT_MLS_PATH_MAX           32              /* nodes of an update path */
#define CHAT_MLS_PROPOSALS_MAX      1024            /* of a commit */
#define CHAT_MLS_SECRETS_MAX        1024            /* new members of a Welcome */
#define CHAT_MLS_EXTENSIONS_MAX     32              /* of one list */
#define CHAT_MLS_CAPABILITIES_MAX   64              /* of one list */

/* RFC 9420 section 7.2; seconds */
#define CHAT_MLS_LIFETIME_SKEW      3600            /* not_before may be ahead so far */
#define CHAT_MLS_LIFETIME_MAX       (90 * 86400)    /* not_after may be ahead so far */

#define CHAT_MLS_REF_LEN            32              /* a KeyPackageRef, SHA-256 */
#define CHAT_MLS_ED25519_KEY_LEN    32

/* scratch for a signature of what came in a message of len bytes */
#define CHAT_MLS_SCRATCH(len)       ((len) + CHAT_MLS_GROUP_ID_MAX + 64)

#define CHAT_MLS_VERSION_10         1

/* wire formats (section 6) */
#define CHAT_MLS_PUBLIC             1
#define CHAT_MLS_PRIVATE            2
#define CHAT_MLS_WELCOME            3
#define CHAT_MLS_GROUP_INFO         4
#define CHAT_MLS_KEY_PACKAGE        5

/* content types (section 6) */
#define CHAT_MLS_APPLICATION        1
#define CHAT_MLS_PROPOSAL           2
#define CHAT_MLS_COMMIT             3

/* sender types (section 6) */
#define CHAT_MLS_MEMBER             1
#define CHAT_MLS_EXTERNAL           2
#define CHAT_MLS_NEW_PROPOSAL       3
#define CHAT_MLS_NEW_COMMIT         4       /* an external commit */

/* leaf node sources (section 7.2) */
#define CHAT_MLS_SOURCE_KEY_PACKAGE 1
#define CHAT_MLS_SOURCE_UPDATE      2
#define CHAT_MLS_SOURCE_COMMIT      3

/* credential types (section 5.3) */
#define CHAT_MLS_BASIC              1
#define CHAT_MLS_X509               2

/* proposal types (section 12.1) */
#define CHAT_MLS_ADD                1
#define CHAT_MLS_UPDATE             2
#define CHAT_MLS_REMOVE             3
#define CHAT_MLS_PSK                4
#define CHAT_MLS_REINIT             5
#define CHAT_MLS_EXTERNAL_INIT      6
#define CHAT_MLS_CONTEXT_EXTENSIONS 7
#define CHAT_MLS_PROPOSAL_TYPES     8       /* one past the last */

/* extension types (section 17.3) */
#define CHAT_MLS_APPLICATION_ID     1
#define CHAT_MLS_RATCHET_TREE       2
#define CHAT_MLS_REQUIRED           3       /* required_capabilities */
#define CHAT_MLS_EXTERNAL_PUB       4
#define CHAT_MLS_EXTERNAL_SENDERS   5

typedef enum {
    CHAT_MLS_OK = 0,

    /* reading: the bytes are not such a message */
    CHAT_MLS_TRUNCATED,             /* a field runs past the end of what holds it */
    CHAT_MLS_VARINT,                /* a length that is invalid or not minimal */
    CHAT_MLS_TRAILING,              /* bytes after the end */
    CHAT_MLS_LIMIT,                 /* a bound above */
    CHAT_MLS_VERSION,               /* not mls10 */
    CHAT_MLS_WIRE_FORMAT,
    CHAT_MLS_CONTENT,               /* no such content type, or not in this message */
    CHAT_MLS_SENDER,                /* no such sender type, or not of this content */
    CHAT_MLS_PROPOSAL_TYPE,
    CHAT_MLS_PRESENCE,              /* an optional's or a choice's byte */
    CHAT_MLS_LIST,                  /* two-byte items in an odd number of bytes */
    CHAT_MLS_SOURCE,                /* a leaf node's source is not its place's */
    CHAT_MLS_CREDENTIAL,            /* a credential type that nobody can read */
    CHAT_MLS_EXTENSION,             /* one twice, or its data are not its type's */
    CHAT_MLS_TREE,                  /* a node out of its place, or a blank end */

    /* checking: the message is well formed, but not to be taken */
    CHAT_MLS_SUITE,                 /* not in the allow-list, or not the group's */
    CHAT_MLS_NOT_YET,               /* not_before is too far ahead */
    CHAT_MLS_EXPIRED,               /* not_after is past, or before not_before */
    CHAT_MLS_TOO_LONG,              /* not_after is too far ahead */
    CHAT_MLS_CAN_VERSION,           /* capabilities without mls10 */
    CHAT_MLS_CAN_SUITE,             /* capabilities without the suite */
    CHAT_MLS_CAN_CREDENTIAL,        /* capabilities without the own credential's type */
    CHAT_MLS_CAN_EXTENSION,         /* capabilities without an own extension's type */
    CHAT_MLS_NOT_BASIC,             /* the credential is not a basic one */
    CHAT_MLS_IDENTITY,              /* the identity is another */
    CHAT_MLS_SIGNATURE_KEY,         /* the signature key is another */
    CHAT_MLS_KEY_LENGTH,            /* a key or signature is not as long as its suite's */
    CHAT_MLS_INIT_KEY,              /* init_key equals encryption_key */
    CHAT_MLS_NO_SIGNER,             /* no tree, or no leaf where the signer says */
    CHAT_MLS_LEAF_SIGNATURE,        /* a leaf node's signature is wrong */
    CHAT_MLS_SIGNATURE,             /* a key package's or GroupInfo's signature is wrong */
    CHAT_MLS_UNVERIFIABLE,          /* we cannot hash or verify in this suite */
    CHAT_MLS_NO_SCRATCH,            /* the caller's scratch is too small */

    CHAT_MLS_STATUSES
} chat_mls_status_t;

typedef struct {
    const uint8_t          *data;
    size_t                  len;
} chat_mls_view_t;

/* a caller's memory: libsodium verifies one run of bytes, and ours are several */
typedef struct {
    uint8_t                *data;
    size_t                  size;       /* CHAT_MLS_SCRATCH(message length) is enough */
} chat_mls_scratch_t;

typedef struct {
    uint16_t                type;
    chat_mls_view_t         data;
} chat_mls_extension_t;

/* section 7.2; lists of two-byte numbers: chat_mls_list_has(), chat_mls_list_next() */
typedef struct {
    chat_mls_view_t         versions;
    chat_mls_view_t         suites;
    chat_mls_view_t         extensions;
    chat_mls_view_t         proposals;
    chat_mls_view_t         credentials;
} chat_mls_capabilities_t;

typedef struct {
    chat_mls_view_t          encryption_key;
    chat_mls_view_t          signature_key;
    uint16_t                 credential;    /* its type */
    chat_mls_view_t          identity;      /* basic; x509: the list of certificates */
    chat_mls_capabilities_t  capabilities;
    uint8_t                  source;
    uint64_t                 not_before;    /* source key package; seconds since 1970 */
    uint64_t                 not_after;
    chat_mls_view_t          parent_hash;   /* source commit */
    chat_mls_view_t          extensions;    /* chat_mls_extension_next() */
    chat_mls_view_t          signature;
    chat_mls_view_t          raw;           /* all of it */
    chat_mls_view_t          tbs;           /* its bytes up to the signature */
} chat_mls_leaf_t;

typedef struct {
    uint16_t                suite;
    chat_mls_view_t         init_key;
    chat_mls_leaf_t         leaf;           /* its source is 1: the reader sees to it */
    chat_mls_view_t         extensions;
    chat_mls_view_t         signature;
    chat_mls_view_t         raw;            /* the bare KeyPackage, what is referred to */
    chat_mls_view_t         tbs;
} chat_mls_key_package_t;

/* section 8.4 */
typedef struct {
    uint8_t                 type;           /* 1 external, 2 resumption */
    uint8_t                 usage;          /* resumption: 1 application, 2 reinit, 3 branch */
    chat_mls_view_t         id;             /* the external id or the group id */
    uint64_t                epoch;          /* resumption */
    chat_mls_view_t         nonce;
} chat_mls_psk_t;

typedef struct {
    chat_mls_view_t         group_id;
    uint16_t                version;
    uint16_t                suite;
    chat_mls_view_t         extensions;
} chat_mls_reinit_t;

typedef struct {
    uint16_t                    type;       /* 0: by reference */
    chat_mls_view_t             raw;        /* the Proposal; nothing by reference */

    union {
        chat_mls_view_t         ref;                /* 0: the ProposalRef */
        chat_mls_key_package_t  add;
        chat_mls_leaf_t         update;             /* its source is 2 */
        uint32_t                removed;            /* remove: the leaf index */
        chat_mls_psk_t          psk;
        chat_mls_reinit_t       reinit;
        chat_mls_view_t         kem_output;         /* external_init */
        chat_mls_view_t         extensions;         /* group_context_extensions */
    } u;
} chat_mls_proposal_t;

/* section 12.4 */
typedef struct {
    chat_mls_view_t         proposals;      /* chat_mls_proposal_next() */
    uint32_t                count[CHAT_MLS_PROPOSAL_TYPES];     /* by type; [0]: by reference */
    uint8_t                 has_path;
    uint8_t                 needs_path;     /* section 12.4: those inline ask for one, or
                                               there are none; says nothing of references */
    chat_mls_leaf_t         leaf;           /* of the path; its source is 3 */
    chat_mls_view_t         nodes;          /* of the path: chat_mls_path_next() */
    uint32_t                nodes_count;
} chat_mls_commit_t;

typedef struct {
    chat_mls_view_t         encryption_key;
    uint32_t                secrets;        /* encrypted_path_secret items */
} chat_mls_path_node_t;

typedef struct {
    chat_mls_view_t         group_id;
    uint64_t                epoch;
    uint8_t                 sender;         /* its type */
    uint32_t                index;          /* member: leaf index; external: sender index */
    chat_mls_view_t         aad;            /* authenticated_data */
    uint8_t                 content;        /* CHAT_MLS_PROPOSAL or CHAT_MLS_COMMIT */
    chat_mls_view_t         signature;
    chat_mls_view_t         confirmation_tag;       /* commit */
    chat_mls_view_t         membership_tag;         /* sender member */

    union {
        chat_mls_proposal_t     proposal;
        chat_mls_commit_t       commit;
    } u;
} chat_mls_public_t;

/* what a PrivateMessage shows */
typedef struct {
    chat_mls_view_t         group_id;
    uint64_t                epoch;
    uint8_t                 content;
    chat_mls_view_t         aad;
    chat_mls_view_t         sender_data;    /* encrypted */
    chat_mls_view_t         ciphertext;
} chat_mls_private_t;

typedef struct {
    uint16_t                suite;
    chat_mls_view_t         secrets;        /* chat_mls_secret_next() */
    uint32_t                secrets_count;
    chat_mls_view_t         group_info;     /* encrypted */
} chat_mls_welcome_t;

typedef struct {
    chat_mls_view_t         ref;            /* new_member: a KeyPackageRef */
    chat_mls_view_t         kem_output;
    chat_mls_view_t         ciphertext;
} chat_mls_secret_t;

typedef struct {
    uint16_t                suite;
    chat_mls_view_t         group_id;
    uint64_t                epoch;
    chat_mls_view_t         tree_hash;
    chat_mls_view_t         transcript_hash;        /* confirmed */
    chat_mls_view_t         context_extensions;
    chat_mls_view_t         extensions;
    chat_mls_view_t         external_pub;   /* the HPKE key; len 0: none */
    uint8_t                 has_tree;
    chat_mls_view_t         tree;           /* the nodes: chat_mls_tree_start() */
    uint32_t                nodes_count;
    uint32_t                leaves_count;   /* those that are not blank */
    chat_mls_view_t         confirmation_tag;
    uint32_t                signer;         /* a leaf index */
    chat_mls_view_t         signature;
    chat_mls_view_t         tbs;
} chat_mls_group_info_t;

typedef struct {
    chat_mls_view_t         rest;
    uint32_t                node;           /* the next one's index */
} chat_mls_tree_t;

typedef struct {
    uint16_t                    wire_format;

    union {
        chat_mls_public_t       public;
        chat_mls_private_t      private;
        chat_mls_welcome_t      welcome;
        chat_mls_group_info_t   group_info;
        chat_mls_key_package_t  key_package;
    } u;
} chat_mls_message_t;

/* what a key package must agree with */
typedef struct {
    uint64_t                now;            /* seconds since 1970 */
    const uint16_t         *suites;         /* the allow-list */
    size_t                  suites_count;
    chat_mls_view_t         identity;       /* of the session that uploads */
    chat_mls_view_t         signature_key;  /* registered for that session */
} chat_mls_rules_t;

/*
 * Reads one MLSMessage (section 6), all of it, down to the last field.
 * Returns CHAT_MLS_OK or the reason; then *m is not to be used.
 */
chat_mls_status_t chat_mls_read(const uint8_t *data, size_t len,
    chat_mls_message_t *m);

/* the same for a bare KeyPackage (section 10), as an Add carries it */
chat_mls_status_t chat_mls_key_package_read(const uint8_t *data, size_t len,
    chat_mls_key_package_t *kp);

/* a status in words: a clause in English that names no value of the input */
const char *chat_mls_error(chat_mls_status_t status);

/*
 * The next item of a view that a reader of this file has filled in; the view is
 * moved on.  1, or 0 at the end.
 */
int chat_mls_list_next(chat_mls_view_t *list, uint16_t *value);
int chat_mls_extension_next(chat_mls_view_t *list, chat_mls_extension_t *ext);
int chat_mls_proposal_next(chat_mls_view_t *proposals, chat_mls_proposal_t *p);
int chat_mls_path_next(chat_mls_view_t *nodes, chat_mls_path_node_t *node);
int chat_mls_secret_next(chat_mls_view_t *secrets, chat_mls_secret_t *secret);

/* whether a list of two-byte numbers has value; an extension's data by its type */
int chat_mls_list_has(chat_mls_view_t list, uint16_t value);
int chat_mls_extension_find(chat_mls_view_t list, uint16_t type,
    chat_mls_view_t *data);

/*
 * The leaves of a GroupInfo's ratchet tree (section 12.4.3.3) from left to right,
 * without the blank ones.  next: 1 with *index, the leaf's, or 0 at the end.
 */
void chat_mls_tree_start(chat_mls_tree_t *tree, const chat_mls_group_info_t *gi);
int chat_mls_tree_next(chat_mls_tree_t *tree, uint32_t *index,
    chat_mls_leaf_t *leaf);

/* the leaf at index: 1, or 0 where it is blank, outside, or there is no tree */
int chat_mls_tree_leaf(const chat_mls_group_info_t *gi, uint32_t index,
    chat_mls_leaf_t *leaf);

/* 1 if equal.  Not constant in time: for what is public */
int chat_mls_equal(chat_mls_view_t a, chat_mls_view_t b);

/*
 * KeyPackageRef (section 5.2).  CHAT_MLS_OK or CHAT_MLS_UNVERIFIABLE: the suite's
 * hash is not SHA-256.
 */
chat_mls_status_t chat_mls_key_package_ref(const chat_mls_key_package_t *kp,
    uint8_t ref[CHAT_MLS_REF_LEN]);

/*
 * A key package at its upload (sections 7.3 and 10.1): suite, lifetime, what
 * chat_mls_leaf_check() checks, init_key, both signatures (about 0.2 ms).
 * scratch: CHAT_MLS_SCRATCH(kp->raw.len) bytes.
 */
chat_mls_status_t chat_mls_key_package_check(const chat_mls_key_package_t *kp,
    const chat_mls_rules_t *rules, const chat_mls_scratch_t *scratch);

/*
 * A leaf node of whatever source, without its lifetime and signature: its keys'
 * lengths where the suite is known, capabilities that hold the version, the suite
 * and its own credential and extensions, a basic credential with this identity,
 * this signature key.
 */
chat_mls_status_t chat_mls_leaf_check(const chat_mls_leaf_t *leaf,
    uint16_t suite, chat_mls_view_t identity, chat_mls_view_t signature_key);

/*
 * A leaf node's signature by its own key (section 7.2).  group_id and index count
 * for the sources update and commit only: the group and the leaf's place in it;
 * an external commit's place is the leftmost blank leaf after the commit's removes.
 */
chat_mls_status_t chat_mls_leaf_verify(const chat_mls_leaf_t *leaf,
    uint16_t suite, chat_mls_view_t group_id, uint32_t index,
    const chat_mls_scratch_t *scratch);

/* the signatures of a key package and of the leaf node in it, by that leaf's key */
chat_mls_status_t chat_mls_key_package_verify(const chat_mls_key_package_t *kp,
    const chat_mls_scratch_t *scratch);

/* a GroupInfo's signature by the signer's key (section 12.4.3) */
chat_mls_status_t chat_mls_group_info_verify(const chat_mls_group_info_t *gi,
    chat_mls_view_t signature_key, const chat_mls_scratch_t *scratch);

/* the same by the key of the leaf that it names, in the tree that it carries */
chat_mls_status_t chat_mls_group_info_verify_signer(
    const chat_mls_group_info_t *gi, const chat_mls_scratch_t *scratch);

#endif /* CHAT_MLS_H */
