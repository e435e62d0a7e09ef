/* A client hears so, in a packet that all versions understand; a peer does not: its operator reads the host's log. A neighbour's
 * session is of an incarnation that was replaced: its next HELLO will be understood. */
#include "base/wire.h"
#include "trusted/worker/worker_state.h"

void avo_worker_on_other_version(struct avo_worker *worker, const struct avo_address *from,
                                 const struct avo_packet_header *header) {
    worker->stats.other_version++;
    if (header->kind == AVO_PACKET_HELLO || header->kind == AVO_PACKET_UP) {
        avo_worker_refuse(worker, from, header->session, avo_wire_common(header->wire_version) != 0 ? AVO_ESTALE : AVO_EVERSION);
    }
}
