package org.opensaml.saml.saml2.core;

/** OpenSAML is not on Maven Central; signatures of actions that nobody calls here name this type of it. */
public interface StatusResponseType {}
