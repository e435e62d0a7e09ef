/* What a member tells its CAS, on a connection that stands for as long as both run: in which configuration it is [V6], and what it
 * has pulled [V5]. It speaks under the channel key that the view lists, so the key says which member it is.
 *   MEMBER: u32 adopted epoch, u32 synced epoch, the newest signed view that it knows. First on each connection, and when it learns
 * a view from another member. ADOPTED: u32 epoch, u64 generation: all its workers are in this configuration. SYNCED: u32 epoch:
 * every worker has pulled all keys for the view of this epoch.
 */
#ifndef AVO_CONTROL_MEMBER_H
#define AVO_CONTROL_MEMBER_H

#include "protocol/control/control.h"
#include "protocol/view/ballot.h"

struct avo_member_report {
    uint32_t adopted_epoch;       /* all its workers are in this one or a newer one */
    uint32_t synced_epoch;        /* 0: it never had to pull, or is not done */
    struct avo_slice signed_view; /* borrowed; 1 to AVO_VIEW_MAX_BYTES */
};

#define AVO_ADOPTED_BYTES (1 + 12)
#define AVO_SYNCED_BYTES (1 + 4)

void avo_member_report_write(struct avo_writer *writer, const struct avo_member_report *report);
AVO_MUST_USE enum avo_error avo_member_report_read(struct avo_slice message, struct avo_member_report *report);
void avo_adopted_write(struct avo_writer *writer, struct avo_configuration configuration);
AVO_MUST_USE enum avo_error avo_adopted_read(struct avo_slice message, struct avo_configuration *configuration);
void avo_synced_write(struct avo_writer *writer, uint32_t epoch);
AVO_MUST_USE enum avo_error avo_synced_read(struct avo_slice message, uint32_t *epoch);

/* A configuration in a message: u32 epoch, u64 generation. The reader fails on none, and on a generation out of range. */
void avo_control_configuration_write(struct avo_writer *writer, struct avo_configuration configuration);
struct avo_configuration avo_control_configuration_read(struct avo_reader *reader);

#endif
