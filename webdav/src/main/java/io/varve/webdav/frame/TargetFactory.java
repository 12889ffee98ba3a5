package io.varve.webdav.frame;

import io.milton.http.ResourceFactory;
import io.milton.resource.Resource;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Milton's way to ask for a resource, answered by the door's lookup; the host plays no part. */
final class TargetFactory<T> implements ResourceFactory {

    private final Function<String, T> lookup;

    TargetFactory(Function<String, T> lookup) {
        this.lookup = lookup;
    }

    @Override
    public Resource getResource(@Nullable String host, String path) {
        return new Found(path, lookup.apply(path));
    }
}
