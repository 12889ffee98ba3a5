package io.varve.app;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.MethodTypeEntry;
import java.lang.classfile.constantpool.NameAndTypeEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.instruction.LineNumber;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a compiled class refers to, read from its constant pool and its members' descriptors.
 *
 * @param name the class's own name with dots
 * @param types names of the classes it refers to, itself included
 * @param calls methods and fields it uses, as {@code java.time.Instant.now}
 * @param methodLines lines from the first to the last statement of each method; constructors are left out,
 *     because the initialisers of fields far away count as theirs
 */
record CompiledClass(String name, Set<String> types, Set<String> calls, Map<String, Integer> methodLines) {

    private static final Pattern DESCRIPTOR_TYPE = Pattern.compile("L([^;<]+);");

    /** All classes of a module of this build. */
    static List<CompiledClass> ofModule(String module) throws IOException {
        Path classes = Path.of("..", module, "target", "classes");
        if (!Files.isDirectory(classes)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(classes)) {
            List<Path> paths =
                    files.filter(file -> file.toString().endsWith(".class")).toList();
            return paths.stream().map(CompiledClass::read).toList();
        }
    }

    private static CompiledClass read(Path file) {
        try {
            return of(ClassFile.of().parse(file));
        } catch (IOException e) {
            throw new AssertionError("cannot read " + file, e);
        }
    }

    private static CompiledClass of(ClassModel model) {
        Set<String> types = new TreeSet<>();
        Set<String> calls = new TreeSet<>();
        for (PoolEntry entry : model.constantPool()) {
            switch (entry) {
                case ClassEntry type -> addType(type.asInternalName(), types);
                case NameAndTypeEntry member -> addDescriptor(member.type().stringValue(), types);
                case MethodTypeEntry type -> addDescriptor(type.descriptor().stringValue(), types);
                case MemberRefEntry member ->
                    calls.add(dotted(member.owner().asInternalName()) + "."
                            + member.name().stringValue());
                default -> {
                    // Numbers, strings and module names refer to no class.
                }
            }
        }
        Map<String, Integer> methodLines = new HashMap<>();
        for (MethodModel method : model.methods()) {
            addDescriptor(method.methodType().stringValue(), types);
            if (!method.methodName().stringValue().startsWith("<")) {
                methodLines.merge(method.methodName().stringValue(), lines(method), Math::max);
            }
        }
        model.fields().forEach(field -> addDescriptor(field.fieldType().stringValue(), types));
        return new CompiledClass(dotted(model.thisClass().asInternalName()), types, calls, methodLines);
    }

    private static int lines(MethodModel method) {
        IntSummaryStatistics numbers = method.code().stream()
                .flatMap(code -> code.elementStream())
                .mapMultiToInt((element, sink) -> {
                    if (element instanceof LineNumber line) {
                        sink.accept(line.line());
                    }
                })
                .summaryStatistics();
        return numbers.getCount() == 0 ? 0 : numbers.getMax() - numbers.getMin() + 1;
    }

    private static void addType(String internalName, Set<String> types) {
        if (internalName.startsWith("[")) {
            addDescriptor(internalName, types);
        } else {
            types.add(dotted(internalName));
        }
    }

    private static void addDescriptor(String descriptor, Set<String> types) {
        Matcher matcher = DESCRIPTOR_TYPE.matcher(descriptor);
        while (matcher.find()) {
            types.add(dotted(matcher.group(1)));
        }
    }

    private static String dotted(String internalName) {
        return internalName.replace('/', '.');
    }

    /** The package of a class name. */
    static String packageOf(String className) {
        int dot = className.lastIndexOf('.');
        return dot < 0 ? "" : className.substring(0, dot);
    }
}
