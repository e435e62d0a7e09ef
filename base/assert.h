/* Always-on assertions: for what our own code promises, never for what a host, a peer, a file or a user sends. */
#ifndef AVO_BASE_ASSERT_H
#define AVO_BASE_ASSERT_H

/* Ends the program at once. A broken promise inside an enclave must not limp on, and must not print a secret: the default
 * traps; a program that has a log installs avo_panic_hook at start to print the place, which is no secret, first. */
_Noreturn void avo_panic(const char *file, int line, const char *promise);

/* Called by avo_panic before it traps; NULL (the default) for none. Set once, before any thread starts. */
extern void (*avo_panic_hook)(const char *file, int line, const char *promise);

#define AVO_ASSERT(promise) ((promise) ? (void)0 : avo_panic(__FILE__, __LINE__, #promise))

#endif
