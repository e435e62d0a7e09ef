/* System calls that a signal interrupted are made again. */
#ifndef AVO_DAEMON_RETRY_H
#define AVO_DAEMON_RETRY_H

#include "base/bytes.h"
#include <poll.h>
#include <stdbool.h>

/* Writes all of `bytes`. False with errno; some of it may be written. */
AVO_MUST_USE bool avo_write_all(int fd, struct avo_slice bytes);
/* One message over a socket, without waiting and without SIGPIPE. False with errno when it does not take it whole. */
bool avo_send_whole(int fd, struct avo_slice bytes);
/* poll(2) for `wait_ms` in all, however often it is interrupted. */
int avo_poll_for(struct pollfd *polls, nfds_t count, int wait_ms);

#endif
