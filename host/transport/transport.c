#include "host/transport/transport.h"
#include "base/wire.h"
#include "daemon/address.h"
#include "daemon/log.h"
#include "protocol/channel/packet.h"
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

void avo_transport_note_version(struct avo_transport *transport, const struct avo_address *from, struct avo_slice datagram) {
    struct avo_packet_header header;
    if (avo_packet_header_read(datagram, &header) != AVO_EVERSION) {
        return;
    }
    uint64_t count = ++transport->other_version_count;
    if ((count & (count - 1)) == 0) {
        char text[AVO_ADDRESS_TEXT_BYTES];
        avo_address_text(from, text);
        avo_log_warn(
            "%s speaks wire version %u, this program speaks version %u: upgrade the older of the two (%llu such packets so far)",
            text, header.wire_version, avo_wire_highest(), (unsigned long long)count);
    }
}
