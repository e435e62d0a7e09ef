#include "sim/world.h"

#define NODE_PORT 7000
#define CLIENT_PORT 9000
#define NODE_NET 0
#define CLIENT_NET 1

/* ::ffff:10.0.NET.HOST */
static struct avo_address address_make(uint8_t net, uint8_t host, uint16_t port) {
    return (struct avo_address){.ip = {[10] = 0xff, [11] = 0xff, [12] = 10, [14] = net, [15] = host}, .port = port};
}

struct avo_address avo_node_address(uint8_t slot, uint32_t worker) {
    return address_make(NODE_NET, (uint8_t)(slot + 1), (uint16_t)(NODE_PORT + worker));
}

struct avo_address avo_client_address(uint32_t client) {
    return address_make(CLIENT_NET, (uint8_t)(client + 1), CLIENT_PORT);
}

uint32_t avo_address_party(const struct avo_address *address) {
    uint32_t index = address->ip[15] - 1U;
    if (address->ip[14] == NODE_NET && index < AVO_SIM_SLOT_MAX && address->port >= NODE_PORT &&
        address->port < NODE_PORT + AVO_SIM_WORKER_MAX) {
        return index;
    }
    if (address->ip[14] == CLIENT_NET && index < AVO_SIM_CLIENT_MAX && address->port == CLIENT_PORT) {
        return AVO_PARTY_CLIENT + index;
    }
    return AVO_PARTY_NONE;
}

uint32_t avo_address_worker(const struct avo_address *address) {
    return address->port - NODE_PORT;
}

bool avo_world_chance(struct avo_world *world, uint32_t ppm) {
    return ppm > 0 && avo_prng_chance(&world->prng, ppm, 1000000);
}

uint64_t avo_world_upto(struct avo_world *world, uint64_t bound) {
    return avo_prng_below(&world->prng, bound + 1);
}
