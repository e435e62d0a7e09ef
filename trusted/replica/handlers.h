/* What the dispatcher calls: one handler a file, on_NAME.c. */
#ifndef AVO_REPLICA_HANDLERS_H
#define AVO_REPLICA_HANDLERS_H

#include "trusted/replica/replica_state.h"

void avo_replica_on_tick(struct avo_replica *replica);
void avo_replica_on_view(struct avo_replica *replica, const struct avo_view *view);
void avo_replica_on_request(struct avo_replica *replica, uint64_t origin, const struct avo_request *request);
void avo_replica_on_query(struct avo_replica *replica, uint8_t slot, const struct avo_query *query);
void avo_replica_on_answer(struct avo_replica *replica, uint8_t slot, const struct avo_answer *answer);
void avo_replica_on_write(struct avo_replica *replica, uint8_t slot, const struct avo_write *write);
void avo_replica_on_ack(struct avo_replica *replica, uint8_t slot, const struct avo_ack *ack);
void avo_replica_on_sync_ask(struct avo_replica *replica, uint8_t slot, const struct avo_sync_ask *ask);
void avo_replica_on_sync_piece(struct avo_replica *replica, uint8_t slot, const struct avo_sync_piece *piece);
void avo_replica_on_compare(struct avo_replica *replica, uint8_t slot, const struct avo_compare *compare);
void avo_replica_on_digest(struct avo_replica *replica, uint8_t slot, const struct avo_digest_message *digest);
void avo_replica_on_enumerate(struct avo_replica *replica, uint8_t slot, const struct avo_enumerate *enumerate);
void avo_replica_on_listing(struct avo_replica *replica, uint8_t slot, const struct avo_listing *listing);

#endif
