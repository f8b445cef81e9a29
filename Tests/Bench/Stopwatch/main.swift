internal import Glibc

// stopwatch PROGRAM ARGUMENT…
//
// Runs a program and prints one line: nanoseconds from start to end, microseconds of user and of system time, most memory
// held in kB, exit status. A program of its own because the kernel counts the memory of whoever starts a process as the
// process's own first peak: this one is far smaller than anything it measures.

let arguments = CommandLine.arguments.dropFirst()
guard let program = arguments.first else {
    say("usage: stopwatch PROGRAM ARGUMENT…")
    exit(64)
}

func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
}

func nanoseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
}

// What the program prints is not of interest here; what it says on standard error is.
var actions = posix_spawn_file_actions_t()
posix_spawn_file_actions_init(&actions)
posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]

let start = nanoseconds()
var pid: pid_t = 0
let failure = posix_spawnp(&pid, program, &actions, nil, &words, environ)
guard failure == 0 else {
    say("stopwatch: \(program): \(String(cString: strerror(failure)))")
    exit(69)
}
var status: Int32 = 0
var usage = rusage()
while wait4(pid, &status, 0, &usage) == -1, errno == EINTR {}
let wall = nanoseconds() - start

func microseconds(_ time: timeval) -> Int { time.tv_sec * 1_000_000 + Int(time.tv_usec) }
let exitStatus = status & 0x7f == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f)
print(wall, microseconds(usage.ru_utime), microseconds(usage.ru_stime), usage.ru_maxrss, exitStatus)
