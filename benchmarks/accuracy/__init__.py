"""How the accuracy of the whole analysis is measured on simulated patients; run by benchmarks/phantom_accuracy.py."""
