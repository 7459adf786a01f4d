/* How a thread stays behind the event loop and PostgreSQL; called in the thread. */

#ifndef NGX_CHAT_TASK_LOW_H
#define NGX_CHAT_TASK_LOW_H

/* gives this thread a low priority; once, then nothing */
void ngx_chat_task_low(void);

/*
 * Before a job that computes.  While more than 100 batches of messages a second
 * are stored it sleeps for seven times what the last job took of the CPU, at most
 * 500 ms: such a thread takes an eighth of a CPU.
 */
void ngx_chat_task_rest(void);

/* after a job */
void ngx_chat_task_worked(void);

#endif /* NGX_CHAT_TASK_LOW_H */
