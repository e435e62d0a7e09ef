/* Which fault comes when: drawn from a seed, so that a run can be had again. Asks nobody anything. */
#ifndef AVO_CLI_TORTURE_PLAN_H
#define AVO_CLI_TORTURE_PLAN_H

#include "base/compiler.h"
#include "base/random.h"
#include <avocado/error.h>
#include <stdbool.h>

enum avo_fault_kind {
    AVO_FAULT_STOP,      /* a node's host, its enclave or both are stopped, and go on */
    AVO_FAULT_PARTITION, /* datagrams between nodes are dropped */
    AVO_FAULT_TAMPER,    /* a node's region is altered */
    AVO_FAULT_KILL,      /* a node's host or its enclave is killed, and the node started again */
    AVO_FAULT_REPLACE,   /* a node is asked to end, and a new start takes its slot at once */
    AVO_FAULT_KINDS
};

/* In which way; numbers of the kind. */
enum avo_stop_way { AVO_STOP_HOST, AVO_STOP_ENCLAVE, AVO_STOP_BOTH, AVO_STOP_WAYS };
enum avo_cut_way {
    AVO_CUT_APART, /* neither hears it nor is heard by it: the other nodes and clients */
    AVO_CUT_NODES, /* the same, but clients reach it */
    AVO_CUT_DEAF,  /* it hears no node, and is heard */
    AVO_CUT_MUTE,  /* it is heard by no node, and hears */
    AVO_CUT_PAIR,  /* it and the next one: both reach the others */
    AVO_CUT_WAYS
};

struct avo_fault {
    enum avo_fault_kind kind;
    unsigned way;
    unsigned node; /* in the view's order */
    uint64_t begin_ns;
    uint64_t end_ns; /* both from the run's start */
};

struct avo_fault_plan {
    struct avo_prng prng;
    unsigned kinds; /* bits of 1 << enum avo_fault_kind; 0: there will be none */
    unsigned nodes;
    unsigned tampered; /* the one node whose region is ever altered: two intact copies of each value stay */
    uint64_t every_ns;
    uint64_t drawn; /* so many */
};

/* "stop", ...: static storage. */
const char *avo_fault_name(enum avo_fault_kind kind);
const char *avo_fault_way_name(const struct avo_fault *fault);
/* Reads "stop,partition" or "none" into bits. False: `word` is what is none of them; it may be empty. */
#define AVO_FAULT_WORD_BYTES 32
AVO_MUST_USE bool avo_fault_kinds_read(const char *text, unsigned *kinds, char word[AVO_FAULT_WORD_BYTES]);
struct avo_fault_plan avo_fault_plan(uint64_t seed, unsigned kinds, unsigned nodes, double every_s);
/* The next fault; they begin in order. */
struct avo_fault avo_fault_plan_next(struct avo_fault_plan *plan);

#endif
