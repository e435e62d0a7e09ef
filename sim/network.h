/* The network between the parties: it belongs to the attacker. It loses, repeats, delays, cuts, changes, diverts and replays. */
#ifndef AVO_SIM_NETWORK_H
#define AVO_SIM_NETWORK_H

#include "sim/world.h"

/* Takes a datagram that a party just sent: looks at it, then does to it what the plan says. */
void avo_network_send(struct avo_world *world, const struct avo_address *from, const struct avo_address *to,
                      struct avo_slice bytes);
/* True while somebody's packets to somebody are cut. */
bool avo_network_is_parted(const struct avo_network *network);
/* A copy of its own, to be freed. */
struct avo_flight *avo_flight_copy(const struct avo_flight *flight);
/* No more faults, no more cuts; what is under way still arrives. What is narrow stays so. */
void avo_network_heal(struct avo_world *world);
void avo_network_destroy(struct avo_network *network);

#endif
