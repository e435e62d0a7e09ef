/* How much a line of a log matters. The numbers are those of syslog(3): a measured program, which has no clock, writes
 * "<N>avocado-enclave: slot 0: serving", and its host makes the whole line of that (daemon/log_relay.h). */
#ifndef AVO_BASE_LOG_LEVEL_H
#define AVO_BASE_LOG_LEVEL_H

enum avo_log_level {
    AVO_LOG_ERROR = 3, /* it ends, or serves no more */
    AVO_LOG_WARN = 4,  /* somebody should look */
    AVO_LOG_INFO = 6,  /* what an operator wants to read later */
    AVO_LOG_DEBUG = 7,
};

#endif
