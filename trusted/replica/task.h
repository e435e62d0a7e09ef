/* A task is one operation under way at its coordinator: a client's get, put or delete, or a repair of our own [DESIGN 8].
 *
 * Tasks live in a pool and are named by their index. A task goes through phases, each of which works in rounds (round.h); what it
 * learns from answers gathers here. Another kind of operation is another file with its phases.
 */
#ifndef AVO_REPLICA_TASK_H
#define AVO_REPLICA_TASK_H

#include "trusted/replica/replica_state.h"

struct avo_task;

/* What a task does now, as methods. A method may end the task or have it enter another phase, as the last thing it does. */
struct avo_phase {
    /* Begins the phase; what the phase before it learned is in the task. */
    void (*start)(struct avo_replica *replica, struct avo_task *task);
    /* Fills in the message of its round, each time that is sent: `message` is zero. */
    void (*ask)(const struct avo_replica *replica, const struct avo_task *task, struct avo_message *message);
    /* An answer to its round, of a slot not heard yet. NULL: its round is a write. */
    void (*on_answer)(struct avo_replica *replica, struct avo_task *task, uint8_t slot, const struct avo_answer *answer);
    /* A replica, or our own store, took the write or refused it: holders, heard and refusal say so. NULL: its round is a query. */
    void (*on_ack)(struct avo_replica *replica, struct avo_task *task);
    /* [V3] A newer view was adopted: what was not finished begins again in it. */
    void (*restart)(struct avo_replica *replica, struct avo_task *task);
    /* Its time is over: ends the task. */
    void (*expire)(struct avo_replica *replica, struct avo_task *task);
    bool hedged; /* its round asks a few, and the rest when these are late */
};

/* Where the value of a task's version is. */
enum avo_value_source {
    AVO_SOURCE_LOST = 0, /* nowhere in reach yet: damaged, or only its version was asked for */
    AVO_SOURCE_NOTHING,  /* there is none: absent or a tombstone */
    AVO_SOURCE_PIN,      /* in our store, pinned, not opened yet */
    AVO_SOURCE_BLOB,     /* in the task's blob */
};

#define AVO_TASK_NONE UINT32_MAX
#define AVO_TASK_KEY_INLINE_BYTES 64 /* longer keys are in a blob */

struct avo_task {
    const struct avo_phase *phase; /* NULL: not begun, or ended */
    uint64_t round;                /* the name of the round under way; 0: none, never on the wire */
    uint64_t origin;
    uint64_t id;
    uint64_t begun_us;          /* of the round */
    uint64_t send_us;           /* when to hedge or to send again */
    uint64_t give_up_us;        /* of the phase: it expires then, if that is before the deadline */
    uint64_t deadline_us;       /* of the task */
    uint64_t floor;             /* highest floor clock reported */
    struct avo_version version; /* newest seen; of a put or delete that writes: the one chosen */
    struct avo_entry pinned;    /* what our own store held when the task began */
    uint32_t pin;
    uint32_t patience_ms;
    uint32_t interval_us; /* between two sendings: grows */
    uint32_t previous;    /* the list it is in: active or ended */
    uint32_t next;
    uint32_t key_blob;
    uint32_t value_blob;
    uint32_t value_length;
    uint16_t key_length;
    uint16_t asked;     /* slots the round was sent to */
    uint16_t again;     /* slots it was sent to later, or twice */
    uint16_t heard;     /* slots that answered in this round, our own included */
    uint16_t holders;   /* slots known, in this epoch, to hold at least `version` */
    uint16_t admitting; /* put, delete: slots that would accept the write */
    uint8_t source;     /* enum avo_value_source */
    uint8_t refusal;    /* enum avo_error: why a slot would not accept the write, or did not */
    bool deletes;       /* what it will write is a tombstone */
    bool hedged;        /* the rest was asked, too */
    bool own_holds;     /* our store took `version` */
    bool restart;       /* a newer view was adopted: the round begins again in it [V3] */
    uint8_t key[AVO_TASK_KEY_INLINE_BYTES];
};

/* A task for `key`, in the active list; NULL when tasks or blobs are used up. The key is copied. It does nothing until it enters a
 * phase. */
struct avo_task *avo_task_begin(struct avo_replica *replica, struct avo_slice key, uint32_t patience_ms);
/* The task goes on with `phase`. */
void avo_task_enter(struct avo_replica *replica, struct avo_task *task, const struct avo_phase *phase);
/* Ends it, and gives the pin back. Its memory, from which effects of this step may borrow, is given back when the next step begins.
 */
void avo_task_end(struct avo_replica *replica, struct avo_task *task);
/* Answers the client and ends it. */
void avo_task_answer(struct avo_replica *replica, struct avo_task *task, enum avo_error status, struct avo_slice value);
/* Answers the client that there is no value, or why, and ends it. */
void avo_task_answer_status(struct avo_replica *replica, struct avo_task *task, enum avo_error status);
/* Gives back what ended in the step before. */
void avo_task_reclaim(struct avo_replica *replica);

struct avo_task *avo_task_at(const struct avo_replica *replica, uint32_t index);
uint32_t avo_task_index(const struct avo_replica *replica, const struct avo_task *task);
struct avo_slice avo_task_key(const struct avo_replica *replica, const struct avo_task *task);
/* The value in the task's blob; empty when there is none. */
struct avo_slice avo_task_value(const struct avo_replica *replica, const struct avo_task *task);

/* Copies `value` into the task's blob, in place of the one before; false when there is none: the bytes then count as lost on the
 * way. */
AVO_MUST_USE bool avo_task_keep(struct avo_replica *replica, struct avo_task *task, struct avo_slice value);

/* Learns that `slot` holds `version`: the newest is kept together with its holders. Negative, 0 or positive as `version` is older
 * than, the same as, or newer than the newest known before. */
int avo_task_observe(struct avo_task *task, uint16_t slot, struct avo_version version, uint8_t state);
/* Writes the task's version to our own store and notes whether it took it: a full store is no holder, others may be. */
void avo_task_apply(struct avo_replica *replica, struct avo_task *task);

#endif
