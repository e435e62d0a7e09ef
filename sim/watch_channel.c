/* What a channel may do with its keys, seen from outside: before and after each packet. */
#include "sim/network.h"
#include "sim/watch.h"
#include <inttypes.h>

static void key_print(uint64_t print[2], const struct avo_aead_key *key) {
    avo_print_make(print, key->schedule, AVO_SLICE_EMPTY);
}

static void rekey_count(struct avo_watch *watch, enum avo_packet_kind kind) {
    avo_report_count(watch->report, kind == AVO_PACKET_PEER ? AVO_COUNT_REKEYS_PEER : AVO_COUNT_REKEYS_SESSION);
    if (watch->network != NULL && avo_network_is_parted(watch->network)) {
        avo_report_count(watch->report, AVO_COUNT_REKEYS_PARTED);
    }
}

void avo_watch_on_channel_seal(struct avo_watch *watch, const struct avo_channel *before, const struct avo_channel *after,
                               enum avo_packet_kind kind) {
    if (after->send_generation == before->send_generation) {
        if (after->sealed_packets > after->limits.rekey_packets) {
            avo_report_count(watch->report, AVO_COUNT_REKEY_WAITS);
        }
        return;
    }
    uint64_t print[2];
    rekey_count(watch, kind);
    key_print(print, &before->send_key);
    /* Both ends begin at generation 0; every later one must have been seen to arrive before it is left. */
    if (before->send_generation > 0 && !avo_prints_has(&watch->reached, print)) {
        avo_report_violation(watch->report, "two-ahead", "generation %" PRIu64 " began before the other end had reached %" PRIu64,
                             after->send_generation, before->send_generation);
    }
}

void avo_watch_on_channel_open(struct avo_watch *watch, const struct avo_channel *before, const struct avo_channel *after,
                               const struct avo_packet_header *header, enum avo_error error) {
    uint64_t print[2];
    if (error != AVO_OK) {
        if (after->receive_generation != before->receive_generation) {
            avo_report_violation(watch->report, "forgery-adopted", "a packet that did not open brought generation %" PRIu64,
                                 after->receive_generation);
        }
        if (error == AVO_EAUTH && header->generation == (uint16_t)(before->receive_generation + 1)) {
            avo_report_count(watch->report, AVO_COUNT_REKEY_FORGERIES);
        }
        return;
    }
    if (header->generation == (uint16_t)after->receive_generation) {
        key_print(print, &after->receive_key);
        (void)avo_prints_add(&watch->reached, print);
    } else {
        avo_report_count(watch->report, AVO_COUNT_REKEY_STRAGGLERS);
    }
}
