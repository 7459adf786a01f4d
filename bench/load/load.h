/* The load generator: one process, one thread, epoll.  See README.md. */

#ifndef LOAD_H
#define LOAD_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define LOAD_SENDERS        2           /* of one conversation: its first members */
#define LOAD_PAYLOAD_MIN    112         /* what the payload's own header takes */
#define LOAD_PAYLOAD_MAX    65536
#define LOAD_PENDING_MAX    (1 << 20)   /* unanswered sends of one sender */
#define LOAD_SAMPLES        (16 << 20)
#define LOAD_READ           (256 * 1024)
#define LOAD_IN_MAX         (8 * 1024 * 1024)
#define LOAD_OUT_MAX        (64 * 1024 * 1024)

typedef struct load_conn_s   load_conn_t;
typedef struct load_proto_s  load_proto_t;

typedef struct {
    uint32_t   *us;
    size_t      n;
    size_t      dropped;
} load_hist_t;

typedef struct {
    uint64_t    due;                    /* ns, when it should have been sent */
    uint64_t    seq;                    /* the answer's, or of the sender's own copy */
    uint32_t    number;
    uint32_t    receivers;              /* that have it */
    uint8_t     accepted;
} load_pending_t;

/* who sends into a conversation; numbers start at 1 and are dense */
typedef struct {
    int              conversation;
    int              user;
    uint32_t         slot;              /* 0 or 1 */
    uint32_t         sent;
    uint32_t         accepted;
    uint32_t         done_to;           /* up to here all receivers have all, and it is accepted */
    load_pending_t  *pending;           /* ring by number */
    uint32_t         cap;
} load_sender_t;

/* what one member got */
typedef struct {
    int          conversation;
    int          user;
    uint64_t     seq;                   /* the last; 0: the protocol has none, or none came */
    uint64_t     told;                  /* acknowledged up to here */
    uint32_t     got[LOAD_SENDERS];     /* the last number of each sender */
    uint32_t     count[LOAD_SENDERS];
    uint8_t     *seen[LOAD_SENDERS];    /* bits, when connections are made anew */
    uint32_t     seen_cap[LOAD_SENDERS];
    uint8_t      queued;                /* in its connection's list of what to acknowledge */
    uint8_t      slow;
} load_member_t;

typedef struct {
    char            id[40];
    uint8_t         uuid[16];
    int             nmembers;
    load_member_t  *members;
    load_sender_t   senders[LOAD_SENDERS];
} load_conversation_t;

typedef struct {
    char           *name;
    char           *secret;
    load_conn_t    *conn;
    int             nmember;            /* conversations that it is a member of */
    load_member_t **member;
} load_user_t;

typedef enum {
    LOAD_CLOSED = 0,
    LOAD_CONNECTING,
    LOAD_HANDSHAKE,
    LOAD_OPENING,                       /* of the protocol: sign in, resume … */
    LOAD_READY
} load_state_e;

struct load_conn_s {
    int                  fd;
    int                  user;
    load_state_e         state;
    uint8_t              step;          /* the protocol's */
    uint8_t              dirty;         /* in the list of what to write */
    uint8_t              blocked;       /* waits for EPOLLOUT */
    uint8_t              muted;         /* its input waits in the kernel: a slow reader */
    uint8_t              slow;
    uint8_t              ack_timer;
    const load_proto_t  *proto;
    char                *in;
    size_t               in_len, in_cap;
    char                *out;
    size_t               out_len, out_off, out_cap;
    uint64_t             due;           /* ack: ns of the clock; else when it began */
    uint32_t             unacked;
    uint32_t             window;
    uint64_t             stanzas;       /* XMPP: received, for the server's <r/> */
    uint64_t             sent_stanzas;
    load_member_t      **ack;           /* members with something to acknowledge */
    int                  nack, ack_cap;
    load_conn_t         *next_ack;
    int                  status;        /* of a handshake that was refused */
};

/*
 * One protocol.  input() consumes bytes of c->in_len at data and returns how many;
 * less than 0 ends the connection.  It calls load_ready(), load_accepted(),
 * load_message(), load_failed().
 */
struct load_proto_s {
    const char  *name;
    int          has_seq;               /* entries are numbered, own ones come back */
    void       (*open)(load_conn_t *c);
    long       (*input)(load_conn_t *c, char *data, size_t len);
    void       (*send)(load_conn_t *c, load_sender_t *s, uint32_t number,
                       const char *payload, size_t len);
    void       (*ack)(load_conn_t *c);  /* of c->ack */
};

typedef struct {
    const char     *scenario;
    const char     *host;
    int             port;
    const char     *path;
    const char     *domain;             /* XMPP */
    const char     *users_file;
    const char     *conversations_file;
    const char     *passwords_file;
    double          rate;
    int             window;
    double          warm, seconds, grace, hold;
    int             size;
    int             sources;
    int             count;
    int             messages;
    int             opening;            /* connections being opened at once */
    double          signin_rate;
    int             slow;
    long            slow_rate;          /* bytes a second */
    double          storm_at;
    int             reconnect;
    int             ack_ms;
    int             quickack;           /* Nchan: the kernel acknowledges at once */
    uint64_t        seed;
} load_opt_t;

typedef struct {
    uint64_t     connected, ready_all, again, reconnects, problems, delivered_all;
    uint64_t     in_window, accepted_window, deliveries;
    uint64_t     signins, signins_ok, signins_busy;
    load_hist_t  latency, accept, signin, opening;
} load_stat_t;

extern load_opt_t            load_opt;
extern load_stat_t           load_stat;
extern load_user_t          *load_users;
extern int                   load_nusers;
extern load_conversation_t  *load_conversations;
extern int                   load_nconversations;
extern uint64_t              load_now;          /* ns, CLOCK_MONOTONIC, at this turn's start */
extern uint64_t              load_from, load_to;    /* the measured window, ns */
extern int                   load_absent;       /* receivers are away: accepted is done */
extern char                  load_void[256];
extern const load_proto_t    load_proto_chat, load_proto_xmpp, load_proto_nchan,
                             load_proto_signin;
extern const load_proto_t   *load_proto;

/* loop.c */
uint64_t load_clock(void);
int load_loop_init(void);
load_conn_t *load_connect(int user, const load_proto_t *proto);
void load_close(load_conn_t *c);
void load_write(load_conn_t *c, const char *data, size_t len);
char *load_reserve(load_conn_t *c, size_t len);     /* room at the end of what goes out */
void load_commit(load_conn_t *c, size_t len);
void load_turn(uint64_t until);                     /* one turn; returns by then */
void load_mute(load_conn_t *c, int muted);
void load_ack_soon(load_conn_t *c);
int load_open_fds(void);

/* ws.c */
void load_ws_handshake(load_conn_t *c, const char *path, const char *token);
/* bytes that the answer took; 0: more to come; -1: not switched */
long load_ws_switched(load_conn_t *c, const char *data, size_t len);
/* a masked frame with room for len bytes; load_ws_end() masks and sends it */
char *load_ws_begin(load_conn_t *c, int opcode, size_t len);
void load_ws_end(load_conn_t *c, char *body, size_t len);
/* bytes of the frame at data, 0: more to come, -1: broken */
long load_ws_frame(const char *data, size_t len, int *opcode, char **body, size_t *body_len);

/* verify.c */
int load_read_users(const char *file);
int load_read_conversations(const char *file);
size_t load_payload(char *p, load_sender_t *s, uint32_t number, uint64_t due);
void load_ready(load_conn_t *c);
void load_accepted(load_conn_t *c, uint32_t conversation, uint32_t slot, uint32_t number, uint64_t seq);
void load_refused(load_conn_t *c, uint32_t conversation, uint32_t slot, uint32_t number, const char *why);
/* a message came: its payload, and its number in the log or 0 */
void load_message(load_conn_t *c, uint64_t seq, const char *payload, size_t len);
void load_failed(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
load_sender_t *load_sender(uint32_t conversation, uint32_t slot);
load_pending_t *load_pend(load_sender_t *s, uint64_t due);
void load_check_all(void);
int load_receivers(load_conversation_t *v);
uint64_t load_behind(void);                         /* messages that somebody still lacks */

/* signin.c */
int load_read_signins(const char *file);
void load_signin_begin(void);

/* hist.c */
void load_hist_add(load_hist_t *h, uint64_t ns);
void load_hist_print(FILE *out, const char *name, load_hist_t *h);

/* traffic.c: connections of users, and what they send */
extern uint64_t  load_seconds(double s);            /* in ns */
extern double    load_cpu(void);                    /* seconds that this process took */
void load_on_closed(load_conn_t *c);
void load_on_done(load_sender_t *s);
uint64_t load_random(void);
void load_user_open(int user);
int load_open_all(const uint8_t *wanted);           /* users; 0: all are ready */
void load_traffic(uint64_t until);                  /* sends what the options say */
void load_quiesce(void);                            /* until nobody lacks anything */
void load_slow_readers(void);
void load_send_next(load_sender_t *s, uint64_t due);
extern int  load_sending;                           /* closed loops send on */
extern int  load_quota;                             /* of a sender; 0: none */

/* scenario.c: 0: as printed; else there is no result */
int load_scenario(void);

#endif
