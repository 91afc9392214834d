package org.opensaml.core.xml;

/** As StatusResponseType. */
public interface XMLObject {}
