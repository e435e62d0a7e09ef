/* A sync: this replica pulls the whole key space from others, in key order, piece by piece [V5, V6].
 *
 * A joining incarnation pulls until a majority of all n slots, counted over voting members, has given it every key. A voter pulls
 * where a view changed n, from a quorum of the new view; its own store counts as one. Who gives is a source. Packets bind the
 * epoch [V2], so a source that answers is in a view that lists us. Values come once: from another source, the replica asks for
 * versions, and for values only from the first key on that its own store lacks.
 *
 * A source keeps nothing: an ask names the key after which it goes on, and each piece is read from the store when it is asked for.
 * One ask is under way at a time, so memory is bounded by one piece, and the replica sets the pace.
 */
#ifndef AVO_REPLICA_SYNC_H
#define AVO_REPLICA_SYNC_H

#include "protocol/view/view.h"
#include "protocol/wire/figures.h"
#include "protocol/wire/sync_piece.h"

#define AVO_SYNC_PIECE_BYTES (80 * 1024)         /* of entries: as many segments as are pulled at one time, mtu 1500 */
#define AVO_SYNC_PIECE_MAX_BYTES (128 * 1024)    /* fits a blob of every budget; only a single entry may be larger */
#define AVO_SYNC_PIECE_MAX_COUNT 1024            /* entries: so long a source does nothing else */
#define AVO_SYNC_FEW_BYTES 4096                  /* asked for when a few values are missing */
#define AVO_SYNC_BYTES_PER_S (24U * 1024 * 1024) /* of all workers together, while a source serves clients */
#define AVO_SYNC_ENTRY_COST_BYTES 64             /* an entry costs time beside its bytes */
#define AVO_SYNC_BUSY_US 100000                  /* who served somebody so lately is busy */
#define AVO_SYNC_RESEND_US 100000                /* grows to AVO_RESEND_MAX_US */
#define AVO_SYNC_REFUSED_PAUSE_US 200000         /* no memory for an entry: tried again then */
#define AVO_SYNC_SILENT_COUNT 16                 /* asks without an answer: another source is tried */

/* How far we are with one slot. */
struct avo_sync_source {
    uint32_t incarnation; /* that gave what is known; 0: nothing yet */
    bool done;            /* it gave every key */
    uint8_t want;         /* enum avo_sync_want, and how much, of the next ask */
    uint32_t bytes;
    uint64_t looked; /* entries of its that we looked at */
    uint64_t total;  /* entries that it has */
    size_t key_bytes;
    uint8_t key[AVO_KEY_MAX_BYTES]; /* the last one that we have from it */
};

enum avo_sync_state {
    AVO_SYNC_NONE,
    AVO_SYNC_UNDER_WAY,
    AVO_SYNC_DONE,
};

/* All zero: none. */
struct avo_sync {
    enum avo_sync_state state;
    uint32_t epoch;        /* DONE: of the view for which it is */
    uint8_t slot;          /* the source asked now; AVO_SLOT_MAX_COUNT: there is none */
    uint32_t silent_count; /* asks that it did not answer */
    uint64_t round;        /* the newest ask */
    uint64_t first_round;  /* the first ask for the piece that is due: that one's answer is as good as the newest's */
    uint64_t asked_us;     /* when first for that piece */
    uint64_t send_us;      /* when to ask, or to ask again */
    uint32_t interval_us;
    uint32_t bytes_per_s; /* of this worker */
    struct avo_sync_source sources[AVO_SLOT_MAX_COUNT];
};

struct avo_replica;

/* A newer view was adopted; `resized`: since the one before, n has changed. */
void avo_sync_on_view(struct avo_replica *replica, const struct avo_view *view, bool resized);
/* The piece that is due from `slot`; NULL when this one is not, or when no sync is under way. */
struct avo_sync_source *avo_sync_expects(struct avo_replica *replica, uint8_t slot, const struct avo_sync_piece *piece);
/* The piece was taken in as far as `source` says, which may be done; goes on, not before `pause_us` passed since it was
 * asked for: what the way takes is part of the pace. */
void avo_sync_go_on(struct avo_replica *replica, uint64_t pause_us);
/* Asks if it is time to. */
void avo_sync_tick(struct avo_replica *replica);
/* Adds the sync's part of the figures. */
void avo_sync_stats(const struct avo_replica *replica, struct avo_figures *stats);

#endif
