"""What is asked, and the engines that ask it. The only package that imports vllm."""
