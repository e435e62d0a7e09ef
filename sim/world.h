/* What everybody in a simulated world shares: the seed's randomness, the plan, virtual time, the network between them. */
#ifndef AVO_SIM_WORLD_H
#define AVO_SIM_WORLD_H

#include "sim/agenda.h"
#include "sim/pages.h"
#include "sim/plan.h"
#include "sim/report.h"
#include "sim/watch.h"

#define AVO_PARTY_CLIENT 8 /* parties: nodes by slot, then clients from here */
#define AVO_PARTY_MAX (AVO_PARTY_CLIENT + AVO_SIM_CLIENT_MAX)
#define AVO_PARTY_NONE UINT32_MAX
#define AVO_ARCHIVE_MAX 96
#define AVO_ARCHIVE_LONG 32 /* of them, those that are kept long */

struct avo_network {
    bool calm;                                   /* healed: it only takes time */
    uint32_t poor[AVO_PARTY_MAX];                /* bit p of poor[q]: half of what q sends to p is lost */
    uint32_t narrow[AVO_PARTY_MAX];              /* bit p of narrow[q]: only short packets from q reach p, for good */
    uint32_t cut[AVO_PARTY_MAX];                 /* bit p of cut[q]: nothing from q reaches p */
    struct avo_flight *archive[AVO_ARCHIVE_MAX]; /* old packets, to be replayed */
    uint32_t archive_next;
};

struct avo_world {
    struct avo_prng prng;
    struct avo_plan plan;
    struct avo_report report;
    struct avo_watch watch;
    struct avo_agenda agenda;
    struct avo_network network;
    struct avo_pages *pages; /* borrowed; NULL: none is kept */
    uint32_t epoch;          /* of the newest view there is */
    uint32_t crashed;        /* bit s: the machine in slot s is gone */
};

struct avo_address avo_node_address(uint8_t slot, uint32_t worker);
struct avo_address avo_client_address(uint32_t client);
/* Who has this address; AVO_PARTY_NONE: nobody. */
uint32_t avo_address_party(const struct avo_address *address);
uint32_t avo_address_worker(const struct avo_address *address);

/* True `ppm` times in a million. */
bool avo_world_chance(struct avo_world *world, uint32_t ppm);
/* Uniform in [0, bound]. */
uint64_t avo_world_upto(struct avo_world *world, uint64_t bound);

#endif
