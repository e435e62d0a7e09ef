/* What a simulated client does next, and what its answers mean for the history. */
#ifndef AVO_SIM_CLIENT_WORK_H
#define AVO_SIM_CLIENT_WORK_H

#include "sim/client.h"

/* Its phase has operations that were not started. */
bool avo_client_work_is_left(const struct avo_sim_client *client);
/* Nobody will say how what is under way ends. */
void avo_client_work_forget(struct avo_sim_client *client);
/* Operations under way. */
uint32_t avo_client_work_busy(const struct avo_sim_client *client);
/* When the next one may start (UINT64_MAX: none, or the pipeline is full); is it now? */
uint64_t avo_client_work_due_us(const struct avo_sim_client *client);
bool avo_client_work_is_due(const struct avo_sim_client *client);
/* Starts it and writes its call down. */
void avo_client_work_start(struct avo_sim_client *client);
/* Writes down what the core says of an operation, and checks it where it must succeed. */
void avo_client_work_end(struct avo_sim_client *client, const struct avo_client_completion *completion);

#endif
