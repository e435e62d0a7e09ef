/* A TCP connection with deadlines, for link.c. Deadlines are milliseconds of avo_tcp_now_ms. */
#ifndef AVO_DIALOG_TCP_H
#define AVO_DIALOG_TCP_H

#include "base/address.h"
#include "base/bytes.h"
#include <avocado/error.h>

/* A clock that only goes forward. */
uint64_t avo_tcp_now_ms(void);
/* Begins to connect, and does not wait. AVO_EIO (errno says why); *fd is -1 then. */
AVO_MUST_USE enum avo_error avo_tcp_begin(const struct avo_address *address, int *fd);
/* How that went: AVO_OK, AVO_EBUSY (not yet known), AVO_EIO (errno says why). */
AVO_MUST_USE enum avo_error avo_tcp_began(int fd);
/* AVO_EIO (errno says why) or AVO_ETIMEOUT; *fd is -1 then. */
AVO_MUST_USE enum avo_error avo_tcp_connect(const struct avo_address *address, uint64_t deadline_ms, int *fd);
AVO_MUST_USE enum avo_error avo_tcp_send(int fd, struct avo_slice bytes, uint64_t deadline_ms);
/* At least one byte. AVO_EIO also when the other side closed. */
AVO_MUST_USE enum avo_error avo_tcp_receive(int fd, uint8_t *to, size_t capacity, uint64_t deadline_ms, size_t *length);
/* -1: nothing. */
void avo_tcp_close(int fd);

#endif
