/* Virtual time: what is due when. Equal times come in the order they were put in. */
#ifndef AVO_SIM_AGENDA_H
#define AVO_SIM_AGENDA_H

#include "base/address.h"
#include "base/bytes.h"

enum avo_due_kind {
    AVO_DUE_PACKET,    /* `packet` arrives */
    AVO_DUE_NODE,      /* node `who` takes a turn */
    AVO_DUE_CLIENT,    /* client `who` takes a turn */
    AVO_DUE_NEMESIS,   /* the next strike */
    AVO_DUE_AUTHORITY, /* the maker of views looks about */
};

/* A datagram under way; owned by the agenda until it is due, then by its taker. */
struct avo_flight {
    struct avo_address from;
    struct avo_address to;
    uint32_t length;
    uint8_t bytes[];
};

struct avo_due {
    uint64_t time_us;
    uint64_t order;
    enum avo_due_kind kind;
    uint32_t who;
    struct avo_flight *packet;
};

struct avo_agenda {
    struct avo_due *heap;
    uint32_t count;
    uint32_t capacity;
    uint64_t next_order;
};

/* An empty agenda is all zero. */
void avo_agenda_add(struct avo_agenda *agenda, uint64_t time_us, enum avo_due_kind kind, uint32_t who, struct avo_flight *packet);
/* Takes the next thing off; false when there is none. */
AVO_MUST_USE bool avo_agenda_take(struct avo_agenda *agenda, struct avo_due *due);
/* Frees everything, packets under way included. */
void avo_agenda_destroy(struct avo_agenda *agenda);

#endif
