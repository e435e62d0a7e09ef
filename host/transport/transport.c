#include "host/transport/transport.h"
#include <string.h>

static const struct {
    const char *name;
    avo_transport_open *open;
} drivers[] = {
    {"udp", avo_transport_udp},
};

avo_transport_open *avo_transport_find(const char *name) {
    for (size_t i = 0; i < AVO_COUNT(drivers); i++) {
        if (strcmp(drivers[i].name, name) == 0) {
            return drivers[i].open;
        }
    }
    return NULL;
}
