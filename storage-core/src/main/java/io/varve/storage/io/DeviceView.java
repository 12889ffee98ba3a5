package io.varve.storage.io;

/** A device that stands for others, one of which has its reads. */
interface DeviceView extends BlockDevice {
    /** The device that reads really go to. */
    BlockDevice reads();
}
