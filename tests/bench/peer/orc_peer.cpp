// LLVM ORC and JITLink doing the work that our benches do, to measure it in the same run.
//
//   orc_peer link TIMES FILE             links FILE in this process, TIMES times: milliseconds each
//   orc_peer call TIMES [PAUSE]          one int call through SimpleRemoteEPC and back, after PAUSE milliseconds in
//                                        which nothing happens: milliseconds each
//   orc_peer many local|rpc|shm TIMES FILE   links FILE TIMES times, each in a JITDylib of its own: milliseconds each;
//                                        behind them: KiB that it takes in the executor, mappings that it takes there
//
// Prints one number a line. The executor is a forked child of this process, reached through two pipes.
#include "llvm/ExecutionEngine/Orc/Core.h"
#include "llvm/ExecutionEngine/Orc/EPCDynamicLibrarySearchGenerator.h"
#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/MapperJITLinkMemoryManager.h"
#include "llvm/ExecutionEngine/Orc/MemoryMapper.h"
#include "llvm/ExecutionEngine/Orc/ObjectFileInterface.h"
#include "llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h"
#include "llvm/ExecutionEngine/Orc/Shared/OrcRTBridge.h"
#include "llvm/ExecutionEngine/Orc/SimpleRemoteEPC.h"
#include "llvm/ExecutionEngine/Orc/TargetProcess/ExecutorSharedMemoryMapperService.h"
#include "llvm/ExecutionEngine/Orc/TargetProcess/SimpleExecutorDylibManager.h"
#include "llvm/ExecutionEngine/Orc/TargetProcess/SimpleExecutorMemoryManager.h"
#include "llvm/ExecutionEngine/Orc/TargetProcess/SimpleRemoteEPCServer.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace llvm;
using namespace llvm::orc;

static ExitOnError check("orc_peer: ");

extern "C" int peer_increment(int value) { return value + 1; }

static void report_time_of(const std::function<void()> &work) {
    auto start = std::chrono::steady_clock::now();
    work();
    std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    std::printf("%.6f\n", took.count());
}

// -- the executor's side -------------------------------------------------------------------------------------

static Error set_up_server(SimpleRemoteEPCServer::Setup &setup) {
    setup.setDispatcher(std::make_unique<SimpleRemoteEPCServer::ThreadDispatcher>());
    setup.bootstrapSymbols() = SimpleRemoteEPCServer::defaultBootstrapSymbols();
    setup.bootstrapSymbols()["peer_increment"] = ExecutorAddr::fromPtr(&peer_increment);
    setup.services().push_back(std::make_unique<rt_bootstrap::SimpleExecutorDylibManager>());
    setup.services().push_back(std::make_unique<rt_bootstrap::SimpleExecutorMemoryManager>());
    setup.services().push_back(std::make_unique<rt_bootstrap::ExecutorSharedMemoryMapperService>());
    return Error::success();
}

[[noreturn]] static void serve(int in, int out) {
    auto server = check(SimpleRemoteEPCServer::Create<FDSimpleRemoteEPCTransport>(set_up_server, in, out));
    check(server->waitForDisconnect());
    _exit(0);
}

static pid_t executor_pid;

static std::unique_ptr<SimpleRemoteEPC> start_executor() {
    int to_executor[2], from_executor[2];
    if (pipe(to_executor) != 0 || pipe(from_executor) != 0)
        std::exit(1);
    executor_pid = fork();
    if (executor_pid == 0) {
        close(to_executor[1]);
        close(from_executor[0]);
        serve(to_executor[0], from_executor[1]);
    }
    close(to_executor[0]);
    close(from_executor[1]);
    return check(SimpleRemoteEPC::Create<FDSimpleRemoteEPCTransport>(
        std::make_unique<DynamicThreadPoolTaskDispatcher>(std::nullopt), SimpleRemoteEPC::Setup(), from_executor[0],
        to_executor[1]));
}

// -- the controller's side -----------------------------------------------------------------------------------

// An ExecutionSession and the layer that links in it, for one kind of memory manager.
struct Linker {
    bool remote;
    std::unique_ptr<ExecutionSession> session;
    std::unique_ptr<ObjectLinkingLayer> layer;
    unsigned dylibs = 0;

    explicit Linker(const std::string &memory) : remote(memory != "local") {
        std::unique_ptr<ExecutorProcessControl> control;
        if (remote)
            control = start_executor();
        else
            control = check(SelfExecutorProcessControl::Create());
        auto *executor = control.get();
        session = std::make_unique<ExecutionSession>(std::move(control));
        if (memory == "shm")
            layer = std::make_unique<ObjectLinkingLayer>(*session, shared_memory(*executor));
        else
            layer = std::make_unique<ObjectLinkingLayer>(*session, executor->getMemMgr());
    }

    ~Linker() {
        check(session->endSession());
        if (remote)
            waitpid(executor_pid, nullptr, 0);
        layer.reset();
    }

    static std::unique_ptr<jitlink::JITLinkMemoryManager> shared_memory(ExecutorProcessControl &executor) {
        SharedMemoryMapper::SymbolAddrs symbols;
        check(executor.getBootstrapSymbols({
            {symbols.Instance, rt::ExecutorSharedMemoryMapperServiceInstanceName},
            {symbols.Reserve, rt::ExecutorSharedMemoryMapperServiceReserveWrapperName},
            {symbols.Initialize, rt::ExecutorSharedMemoryMapperServiceInitializeWrapperName},
            {symbols.Deinitialize, rt::ExecutorSharedMemoryMapperServiceDeinitializeWrapperName},
            {symbols.Release, rt::ExecutorSharedMemoryMapperServiceReleaseWrapperName},
        }));
        return check(
            MapperJITLinkMemoryManager::CreateWithMapper<SharedMemoryMapper>(size_t(1) << 30, executor, symbols));
    }

    JITDylib &new_dylib() {
        auto &dylib = check(session->createJITDylib("dylib" + std::to_string(dylibs++)));
        if (remote)
            dylib.addGenerator(check(EPCDynamicLibrarySearchGenerator::GetForTargetProcess(*session)));
        else
            dylib.addGenerator(check(DynamicLibrarySearchGenerator::GetForCurrentProcess('\0')));
        return dylib;
    }

    // Parses the object, links it with everything that it defines live, and waits until it is.
    void link(JITDylib &dylib, std::unique_ptr<MemoryBuffer> object) {
        SymbolLookupSet wanted;
        auto interface = check(getObjectFileInterface(*session, object->getMemBufferRef()));
        for (auto &symbol : interface.SymbolFlags)
            wanted.add(symbol.first);
        check(layer->add(dylib, std::move(object)));
        auto order = makeJITDylibSearchOrder(&dylib, JITDylibLookupFlags::MatchAllSymbols); // hidden ones too
        check(session->lookup(order, std::move(wanted)));
    }
};

static std::unique_ptr<MemoryBuffer> read_object(const char *path) {
    return check(errorOrToExpected(MemoryBuffer::getFile(path)));
}

static void measure_link(int times, const char *path) {
    Linker linker("local");
    for (int i = 0; i < times; i++) {
        auto object = read_object(path);
        auto &dylib = linker.new_dylib();
        report_time_of([&] { linker.link(dylib, std::move(object)); });
        check(linker.session->removeJITDylib(dylib));
    }
}

// What a process holds: `field` is of /proc/PID/status, in KiB.
static double kib_of(pid_t pid, const std::string &field) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.rfind(field + ":", 0) == 0)
            return std::atof(line.c_str() + field.size() + 1);
    return 0;
}

static double mappings_of(pid_t pid) {
    std::ifstream maps("/proc/" + std::to_string(pid) + "/maps");
    return std::count(std::istreambuf_iterator<char>(maps), std::istreambuf_iterator<char>(), '\n');
}

// The executor's own memory, and what this process wrote into the memory that it shares with it.
static double executor_kib() { return kib_of(executor_pid, "RssAnon") + kib_of(getpid(), "RssShmem"); }

static void measure_many(const std::string &memory, int times, const char *path) {
    Linker linker(memory);
    if (!linker.remote)
        executor_pid = getpid();
    double kib = 0, mappings = 0;
    for (int i = 0; i < times; i++) {
        auto object = read_object(path);
        auto &dylib = linker.new_dylib();
        report_time_of([&] { linker.link(dylib, std::move(object)); });
        if (i == 0) // the first one brings what all share
            kib = executor_kib(), mappings = mappings_of(executor_pid);
    }
    int counted = times > 1 ? times - 1 : 1;
    std::printf("%.6f\n%.6f\n", (executor_kib() - kib) / counted, (mappings_of(executor_pid) - mappings) / counted);
}

static void measure_calls(int times, int pause) {
    auto executor = start_executor();
    ExecutorAddr increment;
    check(executor->getBootstrapSymbols({{increment, "peer_increment"}}));
    for (int i = 0; i < times; i++) {
        std::this_thread::sleep_for(std::chrono::milliseconds(pause));
        report_time_of([&] {
            if (check(executor->runAsIntFunction(increment, i)) != i + 1)
                std::abort();
        });
    }
    check(executor->disconnect());
    waitpid(executor_pid, nullptr, 0);
}

int main(int argc, char **argv) {
    InitializeNativeTarget();
    InitializeNativeTargetAsmPrinter();
    std::string mode = argc > 2 ? argv[1] : "";
    if (mode == "link" && argc == 4)
        measure_link(std::atoi(argv[2]), argv[3]);
    else if (mode == "call" && (argc == 3 || argc == 4))
        measure_calls(std::atoi(argv[2]), argc == 4 ? std::atoi(argv[3]) : 0);
    else if (mode == "many" && argc == 5)
        measure_many(argv[2], std::atoi(argv[3]), argv[4]);
    else
        return std::fputs("usage: orc_peer link TIMES FILE | call TIMES [PAUSE] | many local|rpc|shm TIMES FILE\n",
                          stderr),
               2;
    return 0;
}
