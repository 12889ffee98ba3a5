package io.varve.storage.io;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * The few system calls of Linux that the ring engine needs, all of them through one function of the C library, {@code syscall(2)}: each
 * linked function costs start-up time. Results are as the kernel gives them: a negative one is an {@link Errno}.
 *
 * <p>A call that waits keeps a virtual thread on its carrier; who calls bounds that.
 */
final class SystemCalls {

    /** What differs between processors (the kernel's {@code asm/unistd.h} and {@code asm/fcntl.h}). */
    private record Numbers(
            int close,
            int lseek,
            int mmap,
            int munmap,
            int madvise,
            int pread,
            int pwrite,
            int pwritev2,
            int ftruncate,
            int fdatasync,
            int openat,
            int openDirect) {}

    private static final Numbers X86_64 = new Numbers(3, 8, 9, 11, 28, 17, 18, 328, 77, 75, 257, 0x4000);
    private static final Numbers AARCH64 = new Numbers(57, 62, 222, 215, 233, 67, 68, 287, 46, 83, 56, 0x10000);
    private static final Numbers NUMBERS = numbers().orElse(X86_64);

    /** The same on every processor. */
    private static final int IO_URING_SETUP = 425;

    private static final int IO_URING_ENTER = 426;

    private static final int AT_FDCWD = -100;
    private static final int O_RDWR = 2;
    private static final int O_CLOEXEC = 0x80000;
    private static final int SEEK_END = 2;
    private static final int RWF_DSYNC = 2;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED_POPULATE = 0x8001;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
    private static final int MADV_HUGEPAGE = 14;

    /** Linked on first use, so that a machine without it loses nothing but this engine. */
    private static final class Linked {
        private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
        private static final long ERRNO = CAPTURED.byteOffset(MemoryLayout.PathElement.groupElement("errno"));
        private static final MethodHandle SYSCALL = link();

        @SuppressWarnings("restricted") // Calling the system is what this class is for.
        private static MethodHandle link() {
            Linker linker = Linker.nativeLinker();
            ValueLayout.OfLong word = ValueLayout.JAVA_LONG;
            return linker.downcallHandle(
                    linker.defaultLookup().findOrThrow("syscall"),
                    FunctionDescriptor.of(word, word, word, word, word, word, word, word),
                    Linker.Option.firstVariadicArg(1),
                    Linker.Option.captureCallState("errno"));
        }
    }

    private SystemCalls() {}

    /** Why there can be no such calls here: another system or processor; empty where there can. */
    static Optional<String> obstacle() {
        if (!System.getProperty("os.name", "").equals("Linux")) {
            return Optional.of("this is not Linux");
        }
        return numbers().isPresent()
                ? Optional.empty()
                : Optional.of("the processor is neither x86-64 nor aarch64 but " + System.getProperty("os.arch"));
    }

    private static Optional<Numbers> numbers() {
        return switch (System.getProperty("os.arch", "").toLowerCase(Locale.ROOT)) {
            case "amd64", "x86_64" -> Optional.of(X86_64);
            case "aarch64" -> Optional.of(AARCH64);
            default -> Optional.empty();
        };
    }

    /** Memory in which a call leaves its error; for one thread at a time, and worth keeping. */
    static MemorySegment errorSlot(Arena arena) {
        return arena.allocate(Linked.CAPTURED);
    }

    /** Opens a file for reading and writing past the page cache. */
    static int openDirect(Path file) throws IOException {
        Charset names = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
        String name = file.toString();
        if (!new String(name.getBytes(names), names).equals(name)) {
            throw new IOException("The name " + name + " cannot be said in the system's character set " + names + ".");
        }
        try (Arena arena = Arena.ofConfined()) {
            long result = call(
                    errorSlot(arena),
                    NUMBERS.openat,
                    AT_FDCWD,
                    arena.allocateFrom(name, names).address(),
                    O_RDWR | O_CLOEXEC | NUMBERS.openDirect,
                    0,
                    0,
                    0);
            if (result < 0) {
                throw openFailure(file, (int) -result);
            }
            return (int) result;
        }
    }

    private static IOException openFailure(Path file, int errno) {
        return switch (errno) {
            case Errno.ENOENT -> new NoSuchFileException(file.toString());
            case Errno.EACCES -> new AccessDeniedException(file.toString());
            default -> new IOException(file + ": " + Errno.text(errno));
        };
    }

    static void close(int fd) throws IOException {
        require("close", simple(NUMBERS.close, fd, 0, 0));
    }

    static long size(int fd) throws IOException {
        return require("lseek", simple(NUMBERS.lseek, fd, 0, SEEK_END));
    }

    static void truncate(int fd, long size) throws IOException {
        require("ftruncate", simple(NUMBERS.ftruncate, fd, size, 0));
    }

    static void syncData(int fd) throws IOException {
        require("fdatasync", simple(NUMBERS.fdatasync, fd, 0, 0));
    }

    /** One transfer on the calling thread, which waits in the kernel. */
    static long transfer(MemorySegment errorSlot, boolean write, int fd, long address, long length, long position) {
        return call(errorSlot, write ? NUMBERS.pwrite : NUMBERS.pread, fd, address, length, position, 0, 0);
    }

    /**
     * One write that returns when its bytes, and what it takes to find them again, are durable (pwritev2(2), {@code RWF_DSYNC}). It waits in the
     * kernel.
     *
     * @return how many bytes were written, or a negative {@link Errno}
     */
    static long writeDurably(int fd, long address, long length, long position) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment vector = arena.allocate(ValueLayout.JAVA_LONG, 2);
            vector.setAtIndex(ValueLayout.JAVA_LONG, 0, address);
            vector.setAtIndex(ValueLayout.JAVA_LONG, 1, length);
            return call(errorSlot(arena), NUMBERS.pwritev2, fd, vector.address(), 1, position, 0, RWF_DSYNC);
        }
    }

    /** Makes a ring; {@code parameters} is the address of a {@code struct io_uring_params}. */
    static long ringSetup(int entries, long parameters) {
        return simple(IO_URING_SETUP, entries, parameters, 0);
    }

    static long ringEnter(
            MemorySegment errorSlot, int fd, int submit, int wait, int flags, long argument, long argumentBytes) {
        return call(errorSlot, IO_URING_ENTER, fd, submit, wait, flags, argument, argumentBytes);
    }

    /** Maps memory that the kernel shares with this process. It is nobody's but the caller's, who unmaps it. */
    @SuppressWarnings("restricted") // The kernel says how long the mapping is.
    static MemorySegment map(int fd, long offset, long bytes) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            long address =
                    call(errorSlot(arena), NUMBERS.mmap, 0, bytes, PROT_READ_WRITE, MAP_SHARED_POPULATE, fd, offset);
            if (address < 0 && address > -BlockDevice.BLOCK) {
                throw new IOException("mmap: " + Errno.text((int) -address));
            }
            return MemorySegment.ofAddress(address).reinterpret(bytes);
        }
    }

    /**
     * Memory for which the system is asked to take huge pages, zeros, at an address that is a multiple of its size; unmapped when nobody
     * refers to the buffer or a slice of it any more.
     *
     * @param bytes a power of two
     */
    @SuppressWarnings("restricted") // The mapping is as long as was asked for.
    static ByteBuffer hugePage(int bytes) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            long wide = require(
                    "mmap",
                    call(errorSlot(arena), NUMBERS.mmap, 0, 2L * bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0));
            long address = (wide + bytes - 1) & -bytes;
            if (address > wide) {
                require("munmap", simple(NUMBERS.munmap, wide, address - wide, 0));
            }
            require("munmap", simple(NUMBERS.munmap, address + bytes, wide + bytes - address, 0));
            // Where the system knows no huge pages it says so, and gives small ones.
            long ignored = simple(NUMBERS.madvise, address, bytes, MADV_HUGEPAGE);
            return MemorySegment.ofAddress(address)
                    .reinterpret(bytes, Arena.ofAuto(), mapped -> simple(NUMBERS.munmap, mapped.address(), bytes, 0))
                    .asByteBuffer();
        }
    }

    static void unmap(MemorySegment mapped) throws IOException {
        require("munmap", simple(NUMBERS.munmap, mapped.address(), mapped.byteSize(), 0));
    }

    private static long require(String name, long result) throws IOException {
        if (result < 0) {
            throw new IOException(name + ": " + Errno.text((int) -result));
        }
        return result;
    }

    private static long simple(int number, long first, long second, long third) {
        try (Arena arena = Arena.ofConfined()) {
            return call(errorSlot(arena), number, first, second, third, 0, 0, 0);
        }
    }

    private static long call(MemorySegment errorSlot, int number, long a, long b, long c, long d, long e, long f) {
        try {
            long result = (long) Linked.SYSCALL.invokeExact(errorSlot, (long) number, a, b, c, d, e, f);
            return result == -1 ? -errorSlot.get(ValueLayout.JAVA_INT, Linked.ERRNO) : result;
        } catch (RuntimeException | Error unexpected) {
            throw unexpected;
        } catch (Throwable impossible) {
            throw new AssertionError("A native function throws nothing.", impossible);
        }
    }
}
