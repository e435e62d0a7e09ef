/* The clear header of every datagram: 32 bytes, all of it AAD of what follows [DESIGN 7, V2].
 *   0 u8 wire version | 1 u8 kind | 2 u8 source slot | 3 u8 destination slot | 4 u8 worker | 5 u8 acknowledged generation
 *   6 u16 key generation | 8 u32 session | 12 u32 epoch | 16 8 B view hash prefix | 24 u64 counter
 * Both generations are the low bits of numbers that never wrap, and zero in packets other than DATA. Then: DATA kinds: AES-256-GCM
 * ciphertext of a batch, tag 16. HELLO: 32 B ticket hash, Noise first message (payload: the signed ticket). WELCOME: Noise second
 * message (payload: struct avo_welcome). DENIAL: the same with a payload of u8 error. REFUSAL: u8 error, unauthenticated: a hint,
 * which ends nothing. VIEW: a part of a signed view, which proves itself (protocol/view/part.h).
 *
 * HELLO, REFUSAL and VIEW keep their whole form from one version to the next: a neighbour reads them.
 * The same in all wire versions, so that one can refuse another by name: a header's first byte, the kinds UP, HELLO and REFUSAL,
 * source, destination, worker and session in their places, and the length of a REFUSAL.
 */
#ifndef AVO_CHANNEL_PACKET_H
#define AVO_CHANNEL_PACKET_H

#include "base/cursor.h"
#include "base/limits.h"
#include <avocado/error.h>

enum avo_packet_kind {
    AVO_PACKET_PEER = 1,    /* node -> node, DATA; session 0 */
    AVO_PACKET_UP = 2,      /* client -> node, DATA; session = the node's number */
    AVO_PACKET_DOWN = 3,    /* node -> client, DATA; session = the client's number */
    AVO_PACKET_HELLO = 4,   /* client -> node; session = the client's number; counter 0 */
    AVO_PACKET_WELCOME = 5, /* node -> client; session = the client's number; counter = the node's number */
    AVO_PACKET_REFUSAL = 6, /* node -> client: no such session (ESTALE), a HELLO that does not open (EDENIED), EVERSION */
    AVO_PACKET_DENIAL =
        7, /* node -> client: the ticket of its HELLO does not admit (EDENIED, EEXPIRED); session = the client's number */
    AVO_PACKET_VIEW = 8, /* node -> node or client: a part of its view, or a question for a newer one; session 0 */
};

#define AVO_PACKET_KIND_MAX AVO_PACKET_VIEW

struct avo_packet_header {
    uint8_t wire_version; /* that this packet is in; of HELLO and REFUSAL: the highest that the sender speaks */
    enum avo_packet_kind kind;
    uint8_t source;      /* slot, or AVO_SLOT_CLIENT */
    uint8_t destination; /* slot, or AVO_SLOT_CLIENT */
    uint8_t worker;
    uint8_t acknowledged; /* low 8 bits: the newest generation of the other direction that the sender opened a packet of */
    uint16_t generation;  /* low 16 bits: of the key this is sealed under */
    uint32_t session;
    uint32_t epoch;
    uint8_t view_hash[8];
    uint64_t counter;
};

void avo_packet_header_write(uint8_t to[AVO_PACKET_HEADER_BYTES], const struct avo_packet_header *header);
/* AVO_EFORMAT: shorter than a header, unknown kind, version 0, a generation where there is none. AVO_EVERSION: a wire version that
 * this build does not speak; what is the same in all versions is set (see above), the rest may mean something else. Whether it is
 * the version that its session or view speaks is the caller's to check. */
AVO_MUST_USE enum avo_error avo_packet_header_read(struct avo_slice packet, struct avo_packet_header *header);

#endif
