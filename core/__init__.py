"""What a clinic's face examination is: no Streamlit, no torch, no MediaPipe in here (docs/architecture.md)."""

__version__ = "0.1.0"
