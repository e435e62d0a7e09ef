/* What a step asks its caller to do: the only way anything gets out. Effects are data, in the order they arose. */
#ifndef AVO_REPLICA_EFFECTS_H
#define AVO_REPLICA_EFFECTS_H

#include "protocol/wire/message.h"

enum avo_effect_type {
    AVO_EFFECT_SEND,  /* `message` to the replica in `slot`: may be lost, repeated, reordered */
    AVO_EFFECT_REPLY, /* `message` (a reply) to the client behind `origin` */
};

struct avo_effect {
    enum avo_effect_type type;
    uint8_t slot;
    uint64_t origin;
    struct avo_message message; /* borrows from the event, the replica and its scratch: valid until the next step */
};

#define AVO_EFFECTS_MAX 64

struct avo_effects {
    uint32_t count;
    bool more; /* a tick has more to do: step another tick with the same time */
    struct avo_effect effects[AVO_EFFECTS_MAX];
};

#endif
