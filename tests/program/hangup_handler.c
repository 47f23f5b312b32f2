/* A library as UCX is, which an Open MPI may load: its constructor takes SIGHUP, also where nohup had it ignored. */
#include <signal.h>

static void nothing(int number) { (void)number; }

__attribute__((constructor)) static void take_hangup(void) { signal(SIGHUP, nothing); }
