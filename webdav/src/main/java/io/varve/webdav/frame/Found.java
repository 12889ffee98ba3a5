package io.varve.webdav.frame;

import io.milton.http.Auth;
import io.milton.http.Request;
import io.milton.resource.Resource;
import java.util.Date;
import org.jspecify.annotations.Nullable;

/**
 * What the lookup found, in the wrapping Milton asks for. Login and rights are settled outside the
 * frame, so this wrapping grants neither to anyone who would ask it.
 *
 * @param path the raw path that was looked up
 * @param target what it stands for
 */
record Found(String path, Object target) implements Resource {

    @Override
    public @Nullable String getUniqueId() {
        return null;
    }

    @Override
    public String getName() {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    @Override
    public @Nullable Object authenticate(String user, String password) {
        return null;
    }

    @Override
    public boolean authorise(Request request, Request.Method method, Auth auth) {
        return false;
    }

    @Override
    public @Nullable String getRealm() {
        return null;
    }

    @Override
    public @Nullable Date getModifiedDate() {
        return null;
    }

    @Override
    public @Nullable String checkRedirect(Request request) {
        return null;
    }
}
