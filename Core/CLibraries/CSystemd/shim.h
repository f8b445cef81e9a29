#pragma once
// Where in our sources a line was logged is of no use to an operator, and the header's macros would name this file.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>
