package org.opensaml.saml.saml2.core;

/** As {@link StatusResponseType}. */
public interface RequestAbstractType {}
