"""Small named helpers every app may use: no models, no domain."""
