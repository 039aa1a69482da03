package org.slf4j.impl;

import org.slf4j.ILoggerFactory;
import org.slf4j.helpers.NOPLoggerFactory;

/** Found by name by slf4j 1.7: the SDK's own records are dropped, and quickly. */
public final class StaticLoggerBinder {
    public static final String REQUESTED_API_VERSION = "1.7";
    private static final StaticLoggerBinder ONLY = new StaticLoggerBinder();
    private final ILoggerFactory factory = new NOPLoggerFactory();

    private StaticLoggerBinder() {}

    public static StaticLoggerBinder getSingleton() {
        return ONLY;
    }

    public ILoggerFactory getLoggerFactory() {
        return factory;
    }

    public String getLoggerFactoryClassStr() {
        return NOPLoggerFactory.class.getName();
    }
}
